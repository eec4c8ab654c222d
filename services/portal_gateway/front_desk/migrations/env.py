"""Alembic runs this for the front desk's database."""

from shared.database.migrations import run_migrations

run_migrations()
