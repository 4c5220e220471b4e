"""Row-level security: PostgreSQL too shows a transaction only the rows of its provider."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OWNED = (
    "agreed_judgement",
    "assignment",
    "cohort",
    "comment",
    "enrolment",
    "framework_edition",
    "journal",
    "journal_head",
    "lesson",
    "mark_sheet",
    "membership",
    "observation",
    "placement",
    "programme",
    "rubric_edition",
    "school_agreement",
    "take",
    "target",
    "upload",
)
# '*' is the system itself, across providers; unset is nobody.
NAMED = "current_setting('observe.provider', true)"
VISIBLE = {
    **dict.fromkeys(OWNED, f"{NAMED} IN ('*', provider_id::text)"),
    "provider": f"{NAMED} IN ('*', id::text)",
    "person": f"{NAMED} = '*' OR id IN (SELECT person_id FROM membership)",  # noqa: S608 - our own words
}


def upgrade() -> None:
    """Go forward."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, visible in VISIBLE.items():
        op.execute(sa.text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"))
        op.execute(sa.text(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"))
        op.execute(sa.text(f"CREATE POLICY of_provider ON {table} USING ({visible})"))


def downgrade() -> None:
    """Go back."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in VISIBLE:
        op.execute(sa.text(f"DROP POLICY of_provider ON {table}"))
        op.execute(sa.text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
        op.execute(sa.text(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"))
