"""Alembic runs this for the database of each service."""

from shared.database.migrations.migrate import run_migrations

run_migrations()
