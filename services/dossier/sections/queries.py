"""Sections as they are stored: names and birth date in the child's row, all else sealed."""

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.dossier.models import Child, Correction, Section
from services.dossier.sections.rules.projections import Content
from services.dossier.store import vault
from shared.contracts.errors import NotFound
from shared.database.chunks import chunks
from shared.database.prebuilt_statements import among_parameter, execute, rows_among

IDENTITY, CUSTODY, SCHOOLING = "identity", "custody", "schooling"

_IDENTITIES = select(Child.id, Child.first_name, Child.last_name, Child.birth_date).where(
    Child.id.in_(among_parameter()), Child.first_name.is_not(None)
)
_PRESENT = select(Section.version, Section.content.is_not(None).label("has_content")).where(
    Section.child_id == bindparam("child"), Section.section == bindparam("section")
)
_SEALED_CONTENTS = select(
    Section.child_id, Section.section, Section.version, Section.content
).where(
    Section.child_id.in_(among_parameter()),
    Section.section.in_(bindparam("sections", expanding=True)),
    Section.content.is_not(None),
)
_WAITING_SCHOOLINGS = select(
    Correction.child_id, Correction.id, Correction.holds_from, Correction.content
).where(
    Correction.child_id.in_(among_parameter()),
    Correction.subject == SCHOOLING,
    Correction.content.is_not(None),
    Correction.applied_at.is_(None),
    Correction.withdrawn_at.is_(None),
)


class Present(NamedTuple):
    """The version of a section, 0 where it was never filled in, and whether it has content."""

    version: int
    has_content: bool


def require_named_child(session: Session, child_id: str) -> Child:
    """Return a child; raises NotFound for none, and for one whose identity was erased."""
    child = session.get(Child, child_id)
    if child is None or child.first_name is None:
        raise NotFound(child_id=child_id)
    return child


def stored_section(session: Session, child_id: str, section: str) -> Section | None:
    """Return the row of a section, or None where it was never filled in."""
    return session.get(Section, (child_id, section))


def version_and_presence_of_section(session: Session, child_id: str, section: str) -> Present:
    """Return the version of a section, and whether it has content: not after its erasure."""
    row = execute(session, _PRESENT, child=child_id, section=section).first()
    return Present(row.version, bool(row.has_content)) if row else Present(0, has_content=False)


def stored_sections(
    session: Session, child_id: str, sections: Collection[str]
) -> dict[str, Section]:
    """Return the rows of those of these sections that were ever filled in."""
    rows = select(Section).where(Section.child_id == child_id, Section.section.in_(sections))
    return {row.section: row for row in session.scalars(rows)}


def content_of_section(session: Session, child_id: str, section: str) -> Content:
    """Return the content of one section, empty where it is not filled in."""
    return contents_of_sections(session, [child_id], [section])[child_id].get(section, {})


def contents_of_sections(
    session: Session, child_ids: Collection[str], sections: Collection[str]
) -> dict[str, dict[str, Content]]:
    """Return by child the contents of these sections, without those that are not filled in."""
    found: dict[str, dict[str, Content]] = defaultdict(dict)
    for batch in chunks(child_ids):
        if IDENTITY in sections:
            _add_identities(found, session, batch)
        _add_sealed_contents(found, session, batch, [one for one in sections if one != IDENTITY])
    return found


def next_schooling_by_child(session: Session, child_ids: Collection[str]) -> dict[str, Content]:
    """
    Return the school, level and class that wait for their `day`, by child; others have no entry.

    They are a correction of the section that an agent or the school service has confirmed.
    """
    rows = list(rows_among(session, _WAITING_SCHOOLINGS, child_ids))
    if len(rows) > 1:
        vault.prepare_keys({row.child_id for row in rows})
    return {
        row.child_id: {
            **vault.open(row.child_id, sealed_place_of_waiting(row.id), row.content),
            "day": row.holds_from.isoformat(),
        }
        for row in rows
    }


def sealed_place_of_waiting(correction_id: str) -> str:
    """Return what the content of a correction that waits for its day is bound to."""
    return f"correction.{correction_id}"


def sealed_place_of_section(section: str, version: int) -> str:
    """Return what a sealed content is bound to, besides the child."""
    return f"section.{section}.{version}"


def _add_identities(
    found: dict[str, dict[str, Content]], session: Session, child_ids: Collection[str]
) -> None:
    named = rows_among(session, _IDENTITIES, child_ids)
    for child_id, first_name, last_name, birth_date in named:
        assert birth_date is not None
        found[child_id][IDENTITY] = {
            "first_name": first_name,
            "last_name": last_name,
            "birth_date": birth_date.isoformat(),
        }


def _add_sealed_contents(
    found: dict[str, dict[str, Content]],
    session: Session,
    child_ids: Collection[str],
    sections: Collection[str],
) -> None:
    rows = list(rows_among(session, _SEALED_CONTENTS, child_ids, sections=sections))
    if len(rows) > 1:
        vault.prepare_keys({row.child_id for row in rows})
    for child_id, section, version, sealed in rows:
        assert sealed is not None
        found[child_id][section] = vault.open(
            child_id, sealed_place_of_section(section, version), sealed
        )


def sealed_place_of_shown(section: str, version: int) -> str:
    """Return what the part of a version that its author was shown is bound to."""
    return f"{sealed_place_of_section(section, version)}.shown"
