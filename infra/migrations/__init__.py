"""Alembic's revisions of the database, the same on SQLite and PostgreSQL."""
