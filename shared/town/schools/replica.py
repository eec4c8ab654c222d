"""
Replica of the town's schools, where a page lets a person choose one, from `school_published`.

A row is the whole state of one school, replaced only by a newer version.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, String, Table, Text, column, delete, select, table
from sqlalchemy.orm import DeclarativeBase, Mapped, Session

from shared.contracts.enrolment.school_year.schools import SchoolPublished, school_published
from shared.database import Id, Write
from shared.database.comparison.compared_states import Stored, StoredState
from shared.json_values import as_json
from shared.text import folded
from shared.town.schools.choice import TownSchool

_schools = table(
    "published_school",
    column("source", String(60)),
    column("school_id", Id),
    column("version", BigInteger),
    column("content", Text),
)
_KEYS = ("source", "school_id")


if TYPE_CHECKING:

    class PublishedSchool(DeclarativeBase):
        """A row of `published_school`."""

        source: Mapped[str]
        school_id: Mapped[str]
        version: Mapped[int]
        content: Mapped[str]


def school_table(base: type[DeclarativeBase]) -> "type[PublishedSchool]":
    """Declare the table in a service's metadata; return its class PublishedSchool."""
    columns = (
        Column(c.name, c.type, primary_key=c.name in _KEYS, nullable=False) for c in _schools.c
    )
    made = Table("published_school", base.metadata, *columns)
    return type("PublishedSchool", (base,), {"__table__": made})


def keep_school(write: Write, source: str, event: SchoolPublished) -> None:
    """Keep a school as its provider, the principal `source`, published it, if it is newer."""
    state = {"version": event.version, "content": as_json(event.content)}
    write.execute(
        write.upsert_into(_schools)
        .values(source=source, school_id=event.school_id, **state)
        .on_conflict_do_update(
            index_elements=_KEYS, set_=state, where=_schools.c.version < event.version
        )
    )


def town_schools(read: Session, sources: Iterable[str]) -> list[TownSchool]:
    """Return the schools of these principals, by commune and name."""
    query = select(_schools).where(_schools.c.source.in_(list(sources)))
    schools = [
        _school_of_row(row.source, row.school_id, row.content) for row in read.execute(query)
    ]
    return sorted(schools, key=lambda each: (folded(each.commune), folded(each.name), each.id))


def _school_of_row(source: str, school_id: str, stored: str) -> TownSchool:
    content = json.loads(stored)
    return TownSchool(
        source=source,
        id=school_id,
        name=content["name"],
        commune=content["commune"],
        levels=tuple(content["levels"]),
        classes=tuple(dict.fromkeys(each["name"] for each in content["classes"])),
        former_names=tuple(content["former_names"]),
    )


def _stored_schools(read: Session, source: str) -> Iterator[StoredState]:
    for row in read.execute(select(_schools).where(_schools.c.source == source)):
        content = {"school_id": row.school_id, "content": json.loads(row.content)}
        yield StoredState(row.school_id, row.version, content)


def _delete_schools(write: Write, source: str, keys: Collection[str]) -> None:
    theirs = (_schools.c.source == source, _schools.c.school_id.in_(keys))
    write.execute(delete(_schools).where(*theirs))


SCHOOLS = Stored(school_published, _stored_schools, _delete_schools)
"""Schools as every subscriber stores them, to be compared with their provider's."""
