"""Alembic runs this for the front desk's database."""

from shared.database.migrations import run

run()
