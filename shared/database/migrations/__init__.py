"""Alembic migrations of all services."""
