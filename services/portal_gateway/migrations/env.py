"""Alembic runs this for the portal's database."""

from shared.database.migrations import run_migrations

run_migrations()
