"""Chooses the kind of databases of a town."""

from deploy.applied import Applied
from deploy.backups.files import Files
from deploy.backups.kinds import Kind
from deploy.backups.server import Server


def kind_of(applied: Applied) -> Kind:
    """Return how the databases of a town are copied, by what it runs on."""
    return Files(applied) if applied.engines.database_engine is None else Server(applied)
