"""
Guardian cards: households and children as the first page of the portal shows them.

Names, school, providers, sections not filled in yet; no health.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import Row, bindparam, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from services.dossier.households.queries import contacts_withheld_from_home, protection
from services.dossier.households.queries.guardianships import (
    access_conditions,
    answering_condition,
    first_day_where_later,
)
from services.dossier.households.queries.households_for_billing import guardians_by_household
from services.dossier.households.queries.ids_of_joined_files import others_by_kept
from services.dossier.households.queries.last_days_in_town import last_days_by_child
from services.dossier.households.queries.record_holds import held_file_condition
from services.dossier.households.queries.two_home_weeks import weeks_with_first_days
from services.dossier.households.rules.contacts_merged_with_withheld import WITHHELD_SECTIONS
from services.dossier.models import (
    CarerAccess,
    Child,
    Guardian,
    GuardianCard,
    Guardianship,
    HouseholdGuardian,
    Link,
    Section,
    TrialMember,
)
from services.dossier.sections.queries import contents_of_sections
from shared.contracts.dossier.guardians import CardChild
from shared.contracts.dossier.two_home_weeks import ChildWeeks, weeks_with_homes_replaced
from shared.contracts.sections import SECTIONS
from shared.database import Day
from shared.database.prebuilt_statements import among_parameter, rows_among
from shared.dates.periods import holds_on

AT_ONCE = 100
"""Guardians in one transaction of the task, so that families' writes go in between."""

BY_GUARDIANS = tuple(code for code, section in SECTIONS.items() if section.is_filled_by_guardian)


class Card(TypedDict):
    """
    The content of a guardian's card; it has a digest.

    A child under the guardian's authority has no `carer`, one of one home no `weeks`: then its
    digest stays as it was. Of a granted access the child says in which household of its holder's
    own the days arrive; it is among no `households`, which have bills and addresses.
    """

    households: list[str]
    children: list[CardChild]


class Ward(NamedTuple):
    """A child for whom an adult answers; `since` when a carer has it, where others did before."""

    child_id: str
    has_authority: bool
    since: date | None


_ids, _day = among_parameter(), bindparam("day", type_=Day)
_HOMES = (
    select(HouseholdGuardian.guardian_id, HouseholdGuardian.household_id)
    .where(
        HouseholdGuardian.guardian_id.in_(_ids),
        ~exists().where(CarerAccess.holder_home == HouseholdGuardian.household_id),
    )
    .order_by(HouseholdGuardian.household_id)
)
_ANYBODYS = aliased(Guardianship)
_BEGAN = (
    select(func.min(_ANYBODYS.valid_from))
    .where(_ANYBODYS.child_id == Guardianship.child_id, answering_condition(_ANYBODYS))
    .scalar_subquery()
)
_WARDS = (
    select(Guardianship.guardian_id, Guardianship.child_id, Guardianship.authority)
    .add_columns(Guardianship.valid_from, Guardianship.valid_to)
    .add_columns(case((Guardianship.carer_in.is_not(None), _BEGAN)).label("began"))
    .join(Child, Child.id == Guardianship.child_id)
    .where(
        Guardianship.guardian_id.in_(_ids),
        Child.first_name.is_not(None),
        ~held_file_condition(),
        answering_condition(),
    )
    .order_by(Child.birth_date, Child.first_name, Child.id)
)
_ACCESSES = (
    select(*CarerAccess.__table__.c)
    .join(Child, Child.id == CarerAccess.child_id)
    .where(
        CarerAccess.subject.in_(_ids),
        Child.first_name.is_not(None),
        ~held_file_condition(),
        *access_conditions(_day),
    )
    .order_by(Child.birth_date, CarerAccess.child_id, ~CarerAccess.says_absent, CarerAccess.id)
)
_LINKED = (
    select(Link.child_id, Link.provider)
    .where(Link.child_id.in_(_ids), Link.closed_at.is_(None))
    .order_by(Link.provider)
)
_CHILDREN = select(Child.id, Child.first_name, Child.last_name, Child.birth_date).where(
    Child.id.in_(_ids)
)
_ENTERED = select(Section.child_id, Section.section).where(
    Section.child_id.in_(_ids), Section.content.is_not(None)
)

Access = Row[Any]
"""The columns of an access that is in force."""


def cards_by_guardian(
    session: Session, guardian_ids: Collection[str], known: Collection[str], day: date
) -> dict[str, Card]:
    """
    Return by guardian the households, and the children under their authority or placed with them.

    The eldest first. `known` are the providers of the register: a revoked one is no longer shown.
    """
    homes = _homes_by_guardian(session, guardian_ids, day)
    wards = _wards_by_adult(session, guardian_ids, day)
    accesses = _accesses_by_holder(session, guardian_ids, day)
    shown = {ward.child_id for rows in wards.values() for ward in rows}
    shown |= {access.child_id for rows in accesses.values() for access in rows}
    children = _card_children(session, shown, known)
    protected = protection.protected_homes_of(session, children)
    weeks = weeks_with_first_days(session, children)

    def child_as_seen_by_guardian(
        reader: str, child_id: str, mine: Collection[str], has_authority: bool
    ) -> CardChild:
        child = children[child_id] if has_authority else _child_seen_by_carer(children[child_id])
        if has_authority:
            its_weeks, since = weeks.get(child_id, (None, None))
            child = _child_with_weeks(child, its_weeks, since, mine)
        view = protection.view_from_homes(protected.get(child_id, ()), mine)
        return (
            child
            if view.is_everything_shown
            else _child_seen_from_other_home(session, child, known, view, reader)
        )

    def card_of_guardian(guardian_id: str) -> Card:
        own, by_right = homes[guardian_id], {ward.child_id for ward in wards[guardian_id]}
        shared = [each for each in accesses[guardian_id] if each.child_id not in by_right]
        cards = [
            _child_with_first_day(
                child_as_seen_by_guardian(guardian_id, ward.child_id, own, ward.has_authority),
                ward.since,
            )
            for ward in wards[guardian_id]
        ]
        for each in shared:
            card = child_as_seen_by_guardian(each.granted_by, each.child_id, [each.home], False)
            cards.append(_child_seen_by_access(each, card))
        return {"households": own, "children": cards}

    return {guardian_id: card_of_guardian(guardian_id) for guardian_id in guardian_ids}


def _child_seen_by_access(access: Access, child: CardChild) -> CardChild:
    return {
        **child,
        "school": "",
        "carer_in": access.holder_home,
        "says_absent": access.says_absent,
    }


def may_change_cards(
    section: str, homes: Collection[protection.Home], *, has_content: bool
) -> bool:
    """
    Say whether a guardian's next entry in a section, of theirs, can change a card.

    `homes` are the protected ones of the child.

    Of these sections a card says only which were never filled in. What a protected home withholds
    counts as never filled in for the other home, so that there its next version may show.
    """
    return not has_content or (section in WITHHELD_SECTIONS and bool(homes))


def guardians_never_published(session: Session, after: str) -> tuple[Sequence[str], str]:
    """
    Return guardians of whom the portal has no card yet, of those whose id follows `after`.

    They are given with the last one looked at, or "".
    """
    looked_at = session.scalars(
        select(Guardian.id).where(Guardian.id > after).order_by(Guardian.id).limit(AT_ONCE)
    ).all()
    published = exists().where(GuardianCard.guardian_id == Guardian.id)
    invented = exists().where(TrialMember.member_id == Guardian.id)
    never = select(Guardian.id).where(Guardian.id.in_(looked_at), ~published, ~invented)
    last = looked_at[-1] if len(looked_at) == AT_ONCE else ""
    return session.scalars(never.order_by(Guardian.id)).all(), last


def sections_never_entered(session: Session, child_ids: Collection[str]) -> dict[str, list[str]]:
    """Return by child the guardian's sections that were never filled in."""
    published = _entered_sections(session, child_ids)
    return {
        child_id: [code for code in BY_GUARDIANS if (child_id, code) not in published]
        for child_id in child_ids
    }


def _homes_by_guardian(
    session: Session, guardian_ids: Collection[str], day: date
) -> Mapping[str, list[str]]:
    """
    Return by guardian the households whose bills and address are the guardian's to see.

    Who answers for none of a home's children any more has it on no card: by it bills are shown.
    """
    living = list(rows_among(session, _HOMES, guardian_ids))
    theirs = guardians_by_household(session, {household_id for _, household_id in living}, day)
    found: dict[str, list[str]] = defaultdict(list)
    for guardian_id, household_id in living:
        if guardian_id in {each["subject"] for each in theirs[household_id]}:
            found[guardian_id].append(household_id)
    return found


def _child_seen_from_other_home(
    session: Session, child: CardChild, known: Collection[str], view: protection.Shown, reader: str
) -> CardChild:
    """Return a child as a guardian of another home than the protected one sees it (rule R9)."""
    providers = protection.providers_shown(session, child["id"], view)
    shown: CardChild = {
        **_child_without_departure(child),
        "school": "",
        "providers": [code for code in providers if code in known],
    }
    if "also" in child:
        shown["also"] = [
            {**each, "providers": [code for code in each["providers"] if code in providers]}
            for each in child["also"]
        ]
    if not child.get("carer"):
        missing = {
            *child["missing"],
            *contacts_withheld_from_home.wholly_withheld_sections(session, child["id"], reader),
        }
        shown["missing"] = [code for code in BY_GUARDIANS if code in missing]
    return shown


def _child_with_weeks(
    child: CardChild, weeks: ChildWeeks | None, since: date | None, mine: Collection[str]
) -> CardChild:
    """Return a child of two homes with whose days are whose; the home of others is not named."""
    if weeks is None or weeks["even"] == weeks["odd"]:
        return child
    own = {home: home for home in (weeks["even"], weeks["odd"]) if home in mine}
    if not own:
        return child
    shown: CardChild = {**child, "weeks": weeks_with_homes_replaced(weeks, own)}
    return {**shown, "weeks_since": since} if since else shown


def _child_with_first_day(child: CardChild, since: date | None) -> CardChild:
    return {**child, "since": since} if since else child


def _child_seen_by_carer(child: CardChild) -> CardChild:
    """Return a child as its carer's card has it: nothing of what its file lacks, or of a move."""
    return {**_child_without_departure(child), "missing": [], "carer": True}


def _child_without_departure(child: CardChild) -> CardChild:
    shown = child.copy()
    shown.pop("leaves_after", None)
    return shown


def _wards_by_adult(
    session: Session, guardian_ids: Collection[str], day: date
) -> Mapping[str, list[Ward]]:
    """Return by adult the children they answer for, with authority or as a carer."""
    periods: dict[tuple[str, str], list[Any]] = {}  # in order of the children
    for row in rows_among(session, _WARDS, guardian_ids):
        periods.setdefault((row.guardian_id, row.child_id), []).append(row)
    found: dict[str, list[Ward]] = defaultdict(list)
    for (guardian_id, child_id), rows in periods.items():
        for row in rows:
            if holds_on(row, day):
                since = first_day_where_later(rows, day, row.began) if row.began else None
                found[guardian_id].append(Ward(child_id, row.authority, since))
    return found


def _accesses_by_holder(
    session: Session, guardian_ids: Collection[str], day: date
) -> Mapping[str, list[Access]]:
    """Return by adult the accesses in force, one for each child: what says more comes first."""
    found: dict[str, dict[str, Access]] = defaultdict(dict)
    for access in rows_among(session, _ACCESSES, guardian_ids, day=day):
        found[access.subject].setdefault(access.child_id, access)
    return defaultdict(list, {holder: list(rows.values()) for holder, rows in found.items()})


def _card_children(
    session: Session, child_ids: Collection[str], known: Collection[str]
) -> Mapping[str, CardChild]:
    schools = contents_of_sections(session, child_ids, ["schooling"])
    others = others_by_kept(session, child_ids)
    files = [*child_ids, *(other for several in others.values() for other in several)]
    providers = _linked_providers_by_child(session, files)
    missing = sections_never_entered(session, child_ids)
    last_days = last_days_by_child(session, child_ids)
    children: dict[str, CardChild] = {}
    for child in rows_among(session, _CHILDREN, child_ids):
        children[child.id] = {
            "id": child.id,
            "first_name": child.first_name,
            "last_name": child.last_name,
            "birth_date": child.birth_date,
            "school": schools[child.id].get("schooling", {}).get("school", ""),
            "providers": _providers_having_files(
                providers, [child.id, *others.get(child.id, ())], known
            ),
            "missing": missing[child.id],
        }
        if child.id in last_days:
            children[child.id]["leaves_after"] = last_days[child.id]
        if child.id in others:
            children[child.id]["also"] = [
                {"child_id": other, "providers": _providers_having_files(providers, [other], known)}
                for other in others[child.id]
            ]
    return children


def _providers_having_files(
    providers: Mapping[str, Collection[str]], files: Collection[str], known: Collection[str]
) -> list[str]:
    """Return the providers of the register that have one of these files, sorted."""
    theirs = {code for child_id in files for code in providers[child_id]}
    return sorted(theirs & set(known))


def _linked_providers_by_child(
    session: Session, child_ids: Collection[str]
) -> dict[str, list[str]]:
    """Return by child the providers with an open link, sorted."""
    found: dict[str, list[str]] = {child_id: [] for child_id in child_ids}
    for child_id, provider in rows_among(session, _LINKED, child_ids):
        found[child_id].append(provider)
    return found


def _entered_sections(session: Session, child_ids: Collection[str]) -> set[tuple[str, str]]:
    return {(child_id, section) for child_id, section in rows_among(session, _ENTERED, child_ids)}
