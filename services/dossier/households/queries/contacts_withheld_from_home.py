"""
Contacts and pick-up entered from a protected home: withheld from the child's other home (rule R9).

Providers receive the whole of both sections (rule R1). Each version belongs to the home that said
it, and stays that home's when its author moves. A guardian of another home is shown the last
version that it knew, or what it has entered itself, under a version that counts the known ones
alone. What it saves is merged into the whole, so that it removes nothing that it was not shown.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.dossier.households.queries import protection
from services.dossier.households.rules.contacts_merged_with_withheld import (
    WITHHELD_SECTIONS,
    Known,
    merge_shown_part,
)
from services.dossier.models import ChildHousehold, HouseholdGuardian, SectionHistory
from services.dossier.sections.queries import (
    CUSTODY,
    content_of_section,
    sealed_place_of_section,
    sealed_place_of_shown,
    stored_section,
)
from services.dossier.sections.rules.projections import Content
from services.dossier.store import vault


@dataclass(frozen=True)
class _Authors:
    """
    Authors whose versions a reader knows; `hidden` ones, and hidden homes, since when not.

    A version is hidden by the home that said it, and by where its author lives now.
    """

    reader: str
    hidden: dict[str, datetime]
    open: frozenset[str]
    homes: dict[str, datetime]

    def is_version_known(self, row: SectionHistory) -> bool:
        """Say whether a version is known: of an unknown author (an import), as of a hidden one."""
        if row.changed_by == self.reader:
            return True
        since = self._hidden_since(row)
        return since is None or row.changed_at < since

    def _hidden_since(self, row: SectionHistory) -> datetime | None:
        by_home = self.homes.get(row.household_id or "")
        by_author = self.hidden.get(row.changed_by)
        if by_author is None and by_home is None and row.changed_by not in self.open:
            return min(self.homes.values())
        return min((each for each in (by_home, by_author) if each is not None), default=None)


def content_known_to_guardian(
    session: Session, child_id: str, section: str, reader: str
) -> Known | None:
    """Return what a guardian knows of a section; None where nothing of it is withheld."""
    if section not in WITHHELD_SECTIONS:
        return None
    homes = protection.protected_homes_of(session, [child_id]).get(child_id, ())
    return content_known_given_homes(session, child_id, section, reader, homes)


def content_known_given_homes(
    session: Session,
    child_id: str,
    section: str,
    reader: str,
    homes: Collection[protection.Home],
) -> Known | None:
    """Return what a guardian knows of a section, where the child's protected homes are known."""
    hides = homes and section in WITHHELD_SECTIONS
    authors = _known_authors(session, child_id, reader, homes) if hides else None
    if authors is None:
        return None
    rows = session.scalars(
        select(SectionHistory)
        .where(SectionHistory.child_id == child_id, SectionHistory.section == section)
        .order_by(SectionHistory.version)
    ).all()
    known = [row for row in rows if authors.is_version_known(row)]
    if not rows:  # never filled in, or erased at the end of its retention
        row = stored_section(session, child_id, section)
        return Known(row.version if row else 0, {})
    version = rows[0].version - 1 + len(known)
    if not known:
        return Known(version, {})
    last = known[-1]
    return Known(version, version_as_entered_and_shown(last), last.changed_at, last.changed_by)


def wholly_withheld_sections(session: Session, child_id: str, reader: str) -> list[str]:
    """Return the sections of which a guardian knows nothing, because all of it is withheld."""
    return [
        section
        for section in WITHHELD_SECTIONS
        if (known := content_known_to_guardian(session, child_id, section, reader))
        and not known.content
    ]


def last_known_changes_by_section(
    session: Session, child_id: str, reader: str, view: protection.Shown
) -> dict[str, datetime]:
    """Return by section, rulings aside, the last change of which such a guardian knows."""
    known = SectionHistory.changed_by == reader
    if view.since is not None:
        known |= SectionHistory.changed_at < view.since
    rows = session.execute(
        select(SectionHistory.section, func.max(SectionHistory.changed_at))
        .where(SectionHistory.child_id == child_id, SectionHistory.section != CUSTODY, known)
        .group_by(SectionHistory.section)
    )
    return dict(rows.all())


def home_of_author(session: Session, child_id: str, author: str) -> str | None:
    """
    Return the home that says what a guardian enters: a protected one where it lives in one.

    Of several others one where the child lives; None for who lives nowhere.
    """
    mine = protection.homes_of_guardian(session, author)
    if len(mine) <= 1:
        return next(iter(mine), None)
    protected = protection.protected_households_among(session, mine)
    theirs = select(ChildHousehold.household_id).where(ChildHousehold.child_id == child_id)
    lived_in = set(session.scalars(theirs))
    ranked = sorted(mine, key=lambda home: (home not in protected, home not in lived_in))
    return next(iter(ranked), None)


def merge_with_withheld(
    session: Session, child_id: str, section: str, known: Known, content: Content
) -> Content:
    """Return all that is to be kept of a section where a guardian saves what it was shown."""
    whole = content_of_section(session, child_id, section)
    people = merge_shown_part(
        known.content.get("people", []), content["people"], whole.get("people", [])
    )
    return {**content, "people": people}


def _known_authors(
    session: Session, child_id: str, reader: str, homes: Collection[protection.Home]
) -> _Authors | None:
    """Return whose versions are known to a reader; None where no home is hidden from it."""
    mine = protection.homes_of_guardian(session, reader)
    since = {home.household_id: home.since for home in homes if home.household_id not in mine}
    if not since:
        return None
    theirs = session.scalars(
        select(ChildHousehold.household_id).where(ChildHousehold.child_id == child_id)
    )
    hidden: dict[str, datetime] = {}
    open_: set[str] = set()
    for household_id, guardian_id in _guardians_living_in(session, {*mine, *theirs, *since}):
        if household_id in since:
            hidden[guardian_id] = min(
                since[household_id], hidden.get(guardian_id, since[household_id])
            )
        else:
            open_.add(guardian_id)
    return _Authors(reader, hidden, frozenset(open_), since)


def _guardians_living_in(session: Session, homes: Collection[str]) -> Sequence[tuple[str, str]]:
    rows = select(HouseholdGuardian.household_id, HouseholdGuardian.guardian_id)
    return session.execute(rows.where(HouseholdGuardian.household_id.in_(homes))).all()


def version_as_entered_and_shown(row: SectionHistory) -> Content:
    """Return a version as its author entered it, and as it is shown outside of a hidden home."""
    at, sealed = sealed_place_of_section(row.section, row.version), row.content
    if row.shown is not None:
        at, sealed = sealed_place_of_shown(row.section, row.version), row.shown
    return vault.open(row.child_id, at, sealed)
