"""Alembic runs this for the portal's database."""

from shared.database.migrations import run

run()
