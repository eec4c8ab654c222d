"""
Sections as they are stored: names and birth date in the child's row, all else sealed.

A sealed content is bound to its section and version, so that no old one can be put in its place.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.dossier.models import Child, Section, SectionHistory
from services.dossier.sections.rules.projections import Content, turns_on
from services.dossier.store import vault
from shared.contracts.dossier.dossier import SectionNotYours
from shared.contracts.errors import BadRequest, Outdated
from shared.contracts.sections.contents import GUARDIAN_WRITES, check
from shared.database import Write
from shared.database.chunks import chunks
from shared.dates.instant import When

IDENTITY, CUSTODY = "identity", "custody"


def stored_section(session: Session, child_id: str, section: str) -> Section | None:
    """Return the row of a section, or None where nothing was ever told in it."""
    return session.get(Section, (child_id, section))


def stored_sections(
    session: Session, child_id: str, sections: Collection[str]
) -> dict[str, Section]:
    """Return the rows of those of these sections in which something was ever told."""
    rows = select(Section).where(Section.child_id == child_id, Section.section.in_(sections))
    return {row.section: row for row in session.scalars(rows)}


def content_of(session: Session, child_id: str, section: str) -> Content:
    """Return the content of one section, empty where nothing is told."""
    return contents_of(session, [child_id], [section])[child_id].get(section, {})


def contents_of(
    session: Session, child_ids: Collection[str], sections: Collection[str]
) -> dict[str, dict[str, Content]]:
    """Return by child the contents of these sections, without those in which nothing is told."""
    found: dict[str, dict[str, Content]] = defaultdict(dict)
    for some in chunks(child_ids):
        if IDENTITY in sections:
            _add_identities(found, session, some)
        _add_sealed(found, session, some, [one for one in sections if one != IDENTITY])
    return found


def told_by_guardian(section: str, content: Any) -> Content:
    """Return what a guardian tells as it is kept; raises SectionNotYours and BadRequest."""
    if section not in GUARDIAN_WRITES:
        raise SectionNotYours(section=section)
    told, mistakes = check(section, content)
    if mistakes:
        raise BadRequest(errors=mistakes)
    return told


def keep_section(
    write: Write,
    child_id: str,
    section: str,
    content: Content,
    *,
    by: str,
    when: When,
    shown: Content | None = None,
) -> int:
    """
    Store what is told in one section, as its next version; return the version.

    `shown` is what its author entered, where the content is more than that.
    """
    rows = stored_sections(write, child_id, [section])
    parts = {} if shown is None or shown == content else {section: shown}
    return keep_over(write, child_id, rows, {section: content}, by=by, when=when, shown=parts)[
        section
    ]


def keep_over(
    write: Write,
    child_id: str,
    rows: Mapping[str, Section],
    contents: Mapping[str, Content],
    *,
    by: str,
    when: When,
    shown: Mapping[str, Content] | None = None,
) -> dict[str, int]:
    """Store what is told in some sections, of which the rows of those ever told are given."""
    vault.prepare([child_id])
    versions: dict[str, int] = {}
    history = []
    for section, content in contents.items():
        row = rows.get(section)
        versions[section] = version = row.version + 1 if row else 1
        sealed = vault.seal(child_id, place(section, version), content)
        values: dict[str, Any] = {
            "version": version,
            "content": None if section == IDENTITY else sealed,
            "changed_at": when.moment,
            "changed_by": by,
            "turns_on": turns_on(section, content, when.day),
        }
        if row is None:
            write.add(Section(child_id=child_id, section=section, **values))
        else:
            for name, value in values.items():
                setattr(row, name, value)
        if section == IDENTITY:
            _keep_identity(write, child_id, content)
        part = _sealed_part(child_id, section, version, shown or {})
        history.append(_history(child_id, section, sealed, values, part))
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


def place(section: str, version: int) -> str:
    """Return what a sealed content is bound to, besides the child."""
    return f"section.{section}.{version}"


def place_shown(section: str, version: int) -> str:
    """Return what the part of a version that its author was shown is bound to."""
    return f"{place(section, version)}.shown"


def _sealed_part(
    child_id: str, section: str, version: int, shown: Mapping[str, Content]
) -> bytes | None:
    if section not in shown:
        return None
    return vault.seal(child_id, place_shown(section, version), shown[section])


def _history(
    child_id: str, section: str, sealed: bytes, values: dict[str, Any], shown: bytes | None
) -> SectionHistory:
    return SectionHistory(
        child_id=child_id,
        section=section,
        version=values["version"],
        content=sealed,
        shown=shown,
        changed_at=values["changed_at"],
        changed_by=values["changed_by"],
    )


def _keep_identity(write: Write, child_id: str, content: Content) -> None:
    write.execute(
        update(Child)
        .where(Child.id == child_id)
        .values(
            first_name=content["first_name"],
            last_name=content["last_name"],
            birth_date=date.fromisoformat(content["birth_date"]),
        )
    )


def _add_identities(
    found: dict[str, dict[str, Content]], session: Session, child_ids: Collection[str]
) -> None:
    named = select(Child.id, Child.first_name, Child.last_name, Child.birth_date).where(
        Child.id.in_(child_ids), Child.first_name.is_not(None)
    )
    for child_id, first_name, last_name, birth_date in session.execute(named):
        assert birth_date is not None
        found[child_id][IDENTITY] = {
            "first_name": first_name,
            "last_name": last_name,
            "birth_date": birth_date.isoformat(),
        }


def _add_sealed(
    found: dict[str, dict[str, Content]],
    session: Session,
    child_ids: Collection[str],
    sections: Collection[str],
) -> None:
    told = select(Section.child_id, Section.section, Section.version, Section.content).where(
        Section.child_id.in_(child_ids),
        Section.section.in_(sections),
        Section.content.is_not(None),
    )
    rows = session.execute(told).all()
    if len(rows) > 1:
        vault.prepare({row.child_id for row in rows})
    for child_id, section, version, sealed in rows:
        assert sealed is not None
        found[child_id][section] = vault.open(child_id, place(section, version), sealed)
