"""Chooses the kind of databases of a town."""

from deploy.applied_town import Applied
from deploy.backups.databases.interface import Kind
from deploy.backups.databases.postgres_server import Server
from deploy.backups.databases.sqlite_files import Files


def choose_databases_kind(applied: Applied) -> Kind:
    """Return how the databases of a town are copied, by what it runs on."""
    return Files(applied) if applied.engines_of_town.database_engine is None else Server(applied)
