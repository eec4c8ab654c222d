"""Copies of databases: SQLite files, PostgreSQL."""
