"""The base class of a service's tables."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from shared.database.tables.kit_tables import add_kit_tables
from shared.database.tables.types import NAMING


def declarative_base_for(service: str) -> type[DeclarativeBase]:
    """Return the declarative base of one service, with the kit's own tables in its metadata."""
    metadata = MetaData(naming_convention=NAMING, info={"service": service})
    add_kit_tables(metadata)
    return type("Base", (DeclarativeBase,), {"metadata": metadata, "__module__": __name__})
