"""
Stores what guardians, agents and imports enter in sections, each time as a new version.

A sealed content is bound to its section and version, so that no old one can be put in its place.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import cast

from sqlalchemy import Table, bindparam, insert, update

from services.dossier.models import Child, Section, SectionHistory
from services.dossier.sections.name_words import index_child_name
from services.dossier.sections.queries import (
    IDENTITY,
    sealed_place_of_section,
    sealed_place_of_shown,
    version_and_presence_of_section,
)
from services.dossier.sections.rules.projections import Content, next_day_content_changes
from services.dossier.store import vault
from shared.contracts.errors import Outdated
from shared.database import Write
from shared.dates.instant import Instant

_Rows = list[dict[str, object]]

_sections = cast(Table, Section.__table__)
_INSERT_SECTIONS = insert(_sections)
_UPDATE_SECTIONS = (
    update(_sections)
    .where(
        _sections.c.child_id == bindparam("of_child"),
        _sections.c.section == bindparam("of_section"),
    )
    .values(
        {
            name: bindparam(name)
            for name in ("version", "content", "changed_at", "changed_by", "turns_on")
        }
    )
)
_KEPT_VERSION = insert(cast(Table, SectionHistory.__table__))


def store_section(
    write: Write,
    child_id: str,
    section: str,
    content: Content,
    *,
    by: str,
    when: Instant,
    shown: Content | None = None,
    home: str | None = None,
    stored: int | None = None,
) -> int:
    """
    Store the content of one section, as its next version; return the version.

    `shown` is what its author entered, where the content is more than that; `home` is the
    household that says it. `stored` is the version before, where it was read already.
    """
    if stored is None:
        stored = version_and_presence_of_section(write, child_id, section).version
    before = {section: stored} if stored else {}
    parts = {} if shown is None or shown == content else {section: shown}
    contents = {section: content}
    versions = store_sections(
        write, child_id, before, contents, by=by, when=when, shown=parts, home=home
    )
    return versions[section]


def store_sections(
    write: Write,
    child_id: str,
    before: Mapping[str, int],
    contents: Mapping[str, Content],
    *,
    by: str,
    when: Instant,
    shown: Mapping[str, Content] | None = None,
    home: str | None = None,
    is_named: bool = False,
) -> dict[str, int]:
    """
    Store the contents of some sections; `before` are the versions of those that exist.

    A child that `is_named` was made under this name in the same transaction.
    """
    vault.prepare_keys([child_id])
    versions: dict[str, int] = {}
    first, again, history = [], [], []
    for section, content in contents.items():
        versions[section] = version = before.get(section, 0) + 1
        sealed = vault.seal(child_id, sealed_place_of_section(section, version), content)
        values: dict[str, object] = {
            "version": version,
            "content": None if section == IDENTITY else sealed,
            "changed_at": when.moment,
            "changed_by": by,
            "turns_on": next_day_content_changes(section, content, when.day),
        }
        if section in before:
            again.append({"of_child": child_id, "of_section": section, **values})
        else:
            first.append({"child_id": child_id, "section": section, **values})
        if section == IDENTITY:
            _store_name_of_child(write, child_id, content, is_named=is_named)
        part = _seal_shown_part(child_id, section, version, shown or {})
        history.append(_history_row(child_id, section, sealed, values, part, home))
    _store_rows(write, first, again, history)
    _expire_loaded(write, child_id, contents)
    return versions


def refuse_outdated_version(
    write: Write, child_id: str, section: str, base_version: int, known: int | None = None
) -> None:
    """
    Raise Outdated where the section changed since the version that was read.

    `known` is the version that the reader is shown, where that was read already.
    """
    version = (
        known
        if known is not None
        else version_and_presence_of_section(write, child_id, section).version
    )
    if version != base_version:
        raise Outdated(version=version)


def _store_rows(write: Write, first: _Rows, again: _Rows, history: _Rows) -> None:
    """Write the rows of new sections, of changed ones, and of all their versions."""
    write.flush()
    connection = write.connection()
    for statement, rows in (
        (_INSERT_SECTIONS, first),
        (_UPDATE_SECTIONS, again),
        (_KEPT_VERSION, history),
    ):
        if rows:
            connection.execute(statement, rows)


def _expire_loaded(write: Write, child_id: str, sections: Iterable[str]) -> None:
    """Let rows of these sections that this transaction has loaded be read anew."""
    for section in sections:
        loaded = write.identity_map.get(write.identity_key(Section, (child_id, section)))
        if loaded is not None:
            write.expire(loaded)


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
) -> dict[str, object]:
    return {
        "child_id": child_id,
        "section": section,
        "version": values["version"],
        "content": sealed,
        "shown": shown,
        "household_id": home,
        "changed_at": values["changed_at"],
        "changed_by": values["changed_by"],
    }


def _store_name_of_child(write: Write, child_id: str, content: Content, *, is_named: bool) -> None:
    names = content["first_name"], content["last_name"]
    index_child_name(write, child_id, *names, is_new=is_named)
    if is_named:
        return
    write.execute(
        update(Child)
        .where(Child.id == child_id)
        .values(
            first_name=content["first_name"],
            last_name=content["last_name"],
            birth_date=date.fromisoformat(content["birth_date"]),
        )
    )
