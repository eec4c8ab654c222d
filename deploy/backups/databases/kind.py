"""Chooses the kind of databases of a town."""

from deploy.applied import Applied
from deploy.backups.databases.postgres_server import Server
from deploy.backups.databases.sqlite_files import Files
from deploy.backups.interfaces import Kind


def databases_kind_of(applied: Applied) -> Kind:
    """Return how the databases of a town are copied, by what it runs on."""
    return Files(applied) if applied.engines.database_engine is None else Server(applied)
