"""
Stores what guardians, agents and imports enter in sections, each time as a new version.

A sealed content is bound to its section and version, so that no old one can be put in its place.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import update

from services.dossier.models import Child, Section, SectionHistory
from services.dossier.name_words.commands import index_child_name
from services.dossier.sections.queries import (
    IDENTITY,
    sealed_place_of_section,
    sealed_place_of_shown,
    stored_section,
    stored_sections,
)
from services.dossier.sections.rules.projections import Content, next_turn
from services.dossier.store import vault
from shared.contracts.errors import Outdated
from shared.database import Write
from shared.dates.instant import Instant


def keep_section(
    write: Write,
    child_id: str,
    section: str,
    content: Content,
    *,
    by: str,
    when: Instant,
    shown: Content | None = None,
    home: str | None = None,
) -> int:
    """
    Store what is told in one section, as its next version; return the version.

    `shown` is what its author entered, where the content is more than that; `home` is the
    household that says it.
    """
    rows = stored_sections(write, child_id, [section])
    parts = {} if shown is None or shown == content else {section: shown}
    contents = {section: content}
    versions = keep_sections(
        write, child_id, rows, contents, by=by, when=when, shown=parts, home=home
    )
    return versions[section]


def keep_sections(
    write: Write,
    child_id: str,
    rows: Mapping[str, Section],
    contents: Mapping[str, Content],
    *,
    by: str,
    when: Instant,
    shown: Mapping[str, Content] | None = None,
    home: str | None = None,
) -> dict[str, int]:
    """Store what is told in some sections, of which the rows of those ever told are given."""
    vault.prepare([child_id])
    versions: dict[str, int] = {}
    history = []
    for section, content in contents.items():
        row = rows.get(section)
        versions[section] = version = row.version + 1 if row else 1
        sealed = vault.seal(child_id, sealed_place_of_section(section, version), content)
        values: dict[str, Any] = {
            "version": version,
            "content": None if section == IDENTITY else sealed,
            "changed_at": when.moment,
            "changed_by": by,
            "turns_on": next_turn(section, content, when.day),
        }
        if row is None:
            write.add(Section(child_id=child_id, section=section, **values))
        else:
            for name, value in values.items():
                setattr(row, name, value)
        if section == IDENTITY:
            _keep_identity(write, child_id, content)
        part = _seal_shown_part(child_id, section, version, shown or {})
        history.append(_history_row(child_id, section, sealed, values, part, home))
    write.flush()
    write.add_all(history)
    return versions


def refuse_outdated(
    write: Write, child_id: str, section: str, base_version: int, known: int | None = None
) -> None:
    """
    Raise Outdated where somebody told something since the version that was read.

    `known` is the version that the reader is shown, where that is not the stored one.
    """
    row = stored_section(write, child_id, section)
    version = known if known is not None else row.version if row else 0
    if version != base_version:
        raise Outdated(version=version)


def _seal_shown_part(
    child_id: str, section: str, version: int, shown: Mapping[str, Content]
) -> bytes | None:
    if section not in shown:
        return None
    return vault.seal(child_id, sealed_place_of_shown(section, version), shown[section])


def _history_row(
    child_id: str,
    section: str,
    sealed: bytes,
    values: dict[str, object],
    shown: bytes | None,
    home: str | None,
) -> SectionHistory:
    return SectionHistory(
        child_id=child_id,
        section=section,
        version=values["version"],
        content=sealed,
        shown=shown,
        household_id=home,
        changed_at=values["changed_at"],
        changed_by=values["changed_by"],
    )


def _keep_identity(write: Write, child_id: str, content: Content) -> None:
    index_child_name(write, child_id, content["first_name"], content["last_name"])
    write.execute(
        update(Child)
        .where(Child.id == child_id)
        .values(
            first_name=content["first_name"],
            last_name=content["last_name"],
            birth_date=date.fromisoformat(content["birth_date"]),
        )
    )
