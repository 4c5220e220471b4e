"""What the engine does not know: which workers live, and how often a job was begun."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from infra.database import Database, Record

worker_lease = sa.Table(
    "worker_lease",
    Record.metadata,
    sa.Column("executor_id", sa.Text, primary_key=True),
    sa.Column("expires_at", sa.Float, nullable=False),  # seconds since 1970 by the database's clock
)

job_attempt = sa.Table(
    "job_attempt",
    Record.metadata,
    sa.Column("job_id", sa.Text, primary_key=True),
    sa.Column("begun", sa.BigInteger, nullable=False),  # attempts since a step was last finished
)


def insert_into(table: sa.Table, database: Database) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that knows what to do on a conflict; both databases say it in the same words."""
    return sqlite.insert(table) if database.is_sqlite else postgresql.insert(table)
