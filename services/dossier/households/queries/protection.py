"""
Protected households: other households see no address, commune or school of theirs (rule R9).

To a guardian who shares the child but not the home, what came since then is not there: no school,
no service that was added, no end of one that was known, no date of a change.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session, aliased

from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child, kept_id_of
from services.dossier.models import (
    Child,
    ChildHousehold,
    Household,
    HouseholdGuardian,
    Link,
    ProtectedHousehold,
)
from shared.contracts.dossier.families.safeguarding import Protection
from shared.database.prebuilt_statements import among_parameter, rows_among
from shared.dates.clock import PARIS

HIDDEN_SECTION = "schooling"


HIDDEN_PROJECTIONS = ("schooling", "residence")


_IN_FORCE = ProtectedHousehold.lifted_at.is_(None)
_PROTECTED_AMONG = select(ProtectedHousehold.household_id).where(
    ProtectedHousehold.household_id.in_(among_parameter()), _IN_FORCE
)
_PROTECTED_HOMES = (
    select(ChildHousehold.child_id, ProtectedHousehold.household_id, ProtectedHousehold.since)
    .join(ProtectedHousehold, ProtectedHousehold.household_id == ChildHousehold.household_id)
    .where(ChildHousehold.child_id.in_(among_parameter()), _IN_FORCE)
    .order_by(ProtectedHousehold.household_id)
)
_HOMES_OF_GUARDIANS = (
    select(HouseholdGuardian.household_id)
    .where(HouseholdGuardian.guardian_id.in_(among_parameter()))
    .order_by(HouseholdGuardian.household_id)
)


class Home(NamedTuple):
    """A protected household, and since when it is."""

    household_id: str
    since: datetime


@dataclass(frozen=True)
class Shown:
    """The links of one child that one guardian is shown; `since` is None if nothing is hidden."""

    since: datetime | None = None

    @property
    def is_everything_shown(self) -> bool:
        return self.since is None

    def links_known_to_guardian(self, links: Iterable[Link]) -> list[Link]:
        """Return the links that this guardian knows of."""
        return [one for one in links if self.since is None or one.opened_at < self.since]

    def is_link_shown_running(self, link: Link) -> bool:
        """Say whether a link is shown as running: an end that came since is not shown."""
        return self.closed_at(link) is None

    def closed_at(self, link: Link) -> datetime | None:
        ended = link.closed_at
        return None if ended and self.since and ended >= self.since else ended

    def is_moment_known(self, moment: datetime) -> bool:
        """Say whether what happened then is shown: nothing since a home is protected is."""
        return self.since is None or moment < self.since


def protection_in_force(session: Session, household_id: str) -> ProtectedHousehold | None:
    """Return the protection in force, or None."""
    mine = ProtectedHousehold.household_id == household_id
    return session.scalar(select(ProtectedHousehold).where(mine, _IN_FORCE))


def protections_of_household(session: Session, household_id: str) -> list[Protection]:
    """Return every protection that a household had, the latest first, with paper and agents."""
    rows = session.scalars(
        select(ProtectedHousehold)
        .where(ProtectedHousehold.household_id == household_id)
        .order_by(ProtectedHousehold.since.desc())
    )
    return [
        Protection(
            since=row.since,
            recorded_by=row.recorded_by,
            lifted_at=row.lifted_at,
            lifted_by=row.lifted_by,
            paper=row.paper,
            paper_date=row.paper_date,
        )
        for row in rows
    ]


def protected_households_among(session: Session, household_ids: Collection[str]) -> set[str]:
    """Return those of these households that are protected now."""
    return {row.household_id for row in rows_among(session, _PROTECTED_AMONG, household_ids)}


def protected_household_condition() -> ColumnElement[bool]:
    """Return the condition of a household that is protected now, of `Household`."""
    return exists().where(ProtectedHousehold.household_id == Household.id, _IN_FORCE)


def out_of_search_condition() -> ColumnElement[bool]:
    """Return the condition of a child who is in no search and no proposal, of `Child`."""
    home = aliased(ChildHousehold)  # of its own: a statement may have joined homes already
    lives = (home.child_id == Child.id, home.household_id == ProtectedHousehold.household_id)
    return exists().where(*lives, _IN_FORCE)


def select_protected_homes() -> Select[str]:
    """Return the statement of the households that are protected now."""
    return select(ProtectedHousehold.household_id).where(_IN_FORCE)


def protected_homes_of(session: Session, child_ids: Collection[str]) -> Mapping[str, list[Home]]:
    """Return by child the protected households in which it lives."""
    found: dict[str, list[Home]] = defaultdict(list)
    for child_id, household_id, since in rows_among(session, _PROTECTED_HOMES, child_ids):
        found[child_id].append(Home(household_id, since))
    return found


def protection_days_of_homes(
    session: Session, child_ids: Collection[str], but: Collection[str] = ()
) -> set[date]:
    """Return the days on which homes of these children were protected, lifted or not."""
    rows = select(ProtectedHousehold.since).where(
        ProtectedHousehold.household_id.in_(
            select(ChildHousehold.household_id).where(ChildHousehold.child_id.in_(child_ids))
        ),
        ProtectedHousehold.household_id.not_in(but),
    )
    return {since.astimezone(PARIS).date() for since in session.scalars(rows)}


def homes_of_guardian(session: Session, subject: str) -> list[str]:
    """Return the households of a guardian, sorted."""
    return [row.household_id for row in rows_among(session, _HOMES_OF_GUARDIANS, [subject])]


def view_of_guardian(session: Session, subject: str, child_id: str) -> Shown:
    """Return what one guardian is shown of one child."""
    child_id = kept_id_of(session, child_id)
    return view_given_protected_homes(
        session, subject, protected_homes_of(session, [child_id]).get(child_id, ())
    )


def view_given_protected_homes(session: Session, subject: str, homes: Collection[Home]) -> Shown:
    """Return what one guardian is shown of a child of which the protected homes are these."""
    return view_from_homes(homes, homes_of_guardian(session, subject) if homes else ())


def view_from_homes(protected: Collection[Home], mine: Collection[str]) -> Shown:
    """Return what somebody of these households is shown; of the own home nothing is hidden."""
    others = [home.since for home in protected if home.household_id not in mine]
    return Shown(min(others, default=None))


def providers_shown(session: Session, child_id: str, view: Shown) -> list[str]:
    """Return the providers with a link that runs, as far as this guardian may know; sorted."""
    files = all_ids_of_child(session, child_id)
    rows = session.scalars(select(Link).where(Link.child_id.in_(files))).all()
    return sorted(
        {
            link.provider
            for link in view.links_known_to_guardian(rows)
            if view.is_link_shown_running(link)
        }
    )


def recipients_shown(
    session: Session, child_id: str, subject: str, recipients: Collection[str]
) -> set[str]:
    """Return those of these providers of whose link with the child a guardian may know."""
    view = view_of_guardian(session, subject, child_id)
    return recipients_in_view(session, child_id, view, recipients)


def recipients_in_view(
    session: Session, child_id: str, view: Shown, recipients: Collection[str]
) -> set[str]:
    """Return those of these providers of whose link a guardian may know, by what it is shown."""
    return (
        set(recipients)
        if view.is_everything_shown
        else set(recipients) & set(providers_shown(session, child_id, view))
    )


def providers_known_to_guardian(session: Session, child_id: str, view: Shown) -> set[str] | None:
    """Return the providers of which this guardian may read anything; None for all of them."""
    if view.is_everything_shown:
        return None
    files = all_ids_of_child(session, child_id)
    rows: Any = session.scalars(select(Link).where(Link.child_id.in_(files)))
    return {link.provider for link in view.links_known_to_guardian(rows)}
