"""Captions; uploads whose store takes them in parts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "caption",
        sa.Column("take_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_caption_provider_id_provider")
        ),
        sa.ForeignKeyConstraint(["take_id"], ["take.id"], name=op.f("fk_caption_take_id_take")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caption")),
        sa.UniqueConstraint("take_id", "language", name=op.f("uq_caption_take_id_language")),
    )
    op.create_index(op.f("ix_caption_provider_id"), "caption", ["provider_id"])
    op.create_index(op.f("ix_caption_take_id"), "caption", ["take_id"])
    op.add_column("upload", sa.Column("multipart", sa.Text(), nullable=True))
    op.add_column("upload", sa.Column("shipped", sa.BigInteger(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE caption ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE caption FORCE ROW LEVEL SECURITY")
        op.execute(
            "CREATE POLICY of_provider ON caption "
            "USING (current_setting('observe.provider', true) IN ('*', provider_id::text))"
        )


def downgrade() -> None:
    """Go back."""
    op.drop_table("caption")
    with op.batch_alter_table("upload") as upload:
        upload.drop_column("shipped")
        upload.drop_column("multipart")
