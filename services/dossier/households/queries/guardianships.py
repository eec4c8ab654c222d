"""
Guardians and carers of a child today, and the homes where it lives: what no section holds.

The projection `family` is computed from it: ids alone, from which a provider knows which guardian
may act and of which household a day is.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    bindparam,
    exists,
    or_,
    select,
    union,
)
from sqlalchemy.orm import Session, aliased

from services.dossier.households.queries import protection
from services.dossier.households.queries.ids_of_joined_files import (
    joined_file_condition,
    kept_id_by_other_id,
    kept_id_of,
)
from services.dossier.households.queries.last_days_in_town import last_days_by_child
from services.dossier.households.queries.two_home_weeks import dated_weeks_by_child
from services.dossier.models import (
    CarerAccess,
    Child,
    ChildHousehold,
    Guardian,
    Guardianship,
    HouseholdAddress,
    HouseholdGuardian,
    TrialMember,
)
from services.dossier.sections.queries import contents_of_sections, next_schooling_by_child
from services.dossier.sections.rules.projections import BY_GUARDIANS, Content, needed_sections
from services.dossier.store import vault
from shared.contracts.dossier.families.trusted_person_accesses import ACCEPTED
from shared.contracts.sections.schooling import NEXT_SCHOOLING
from shared.database import Day
from shared.database.chunks import chunks
from shared.database.prebuilt_statements import among_parameter, rows_among
from shared.database.tables.validity import valid_on_condition
from shared.dates.periods import Dated, first_day_without_gap
from shared.register.entitlement import FAMILY, RESIDENCE, SCHOOLING
from shared.text.child_likeness import Named, near_dates

OF_HOMES = (FAMILY, RESIDENCE)
"""Projections of where a child lives and who answers for it, which no section feeds."""

PHONE_OF_CARER = "guardian.phone"
"""Place for which an adult's own key seals the number of who has a placed child in care."""

FirstDays = Mapping[tuple[str, str], date]
"""The first day on which an adult answers for a child, by child and adult."""


def answering_condition(guardianship: type[Guardianship] = Guardianship) -> ColumnElement[bool]:
    """Return the condition of a guardianship of who answers for the child, or has it in care."""
    return or_(guardianship.authority.is_(True), guardianship.carer_in.is_not(None))


def authority_conditions(day: date | BindParameter[date]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a guardianship with authority on that day."""
    return (
        Guardianship.authority.is_(True),
        valid_on_condition(Guardianship, day),
    )


def carer_conditions(day: date | BindParameter[date]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a placement with a carer on that day."""
    return (
        Guardianship.carer_in.is_not(None),
        valid_on_condition(Guardianship, day),
    )


def access_conditions(day: date | BindParameter[date]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of an access that is in force: who granted it has authority still."""
    granting = aliased(Guardianship)
    return (
        CarerAccess.state == ACCEPTED,
        CarerAccess.valid_from <= day,
        CarerAccess.valid_to >= day,
        exists().where(
            granting.child_id == CarerAccess.child_id,
            granting.guardian_id == CarerAccess.granted_by,
            granting.authority.is_(True),
            valid_on_condition(granting, day),
        ),
    )


_ids, _day = among_parameter(), bindparam("day", type_=Day)
_GUARDIANS = (
    select(Guardianship.child_id, Guardianship.guardian_id, ChildHousehold.household_id)
    .join(ChildHousehold, ChildHousehold.child_id == Guardianship.child_id)
    .join(
        HouseholdGuardian,
        (HouseholdGuardian.household_id == ChildHousehold.household_id)
        & (HouseholdGuardian.guardian_id == Guardianship.guardian_id),
    )
    .where(Guardianship.child_id.in_(_ids), *authority_conditions(_day))
    .order_by(Guardianship.guardian_id, ChildHousehold.household_id)
)
_PLACEMENTS = (
    select(*Guardianship.__table__.c, Guardian.name, Guardian.phone)
    .join(Guardian, Guardian.id == Guardianship.guardian_id)
    .where(Guardianship.child_id.in_(_ids), *carer_conditions(_day))
    .order_by(Guardianship.guardian_id, Guardianship.carer_in)
)
_PERIODS = select(*Guardianship.__table__.c).where(
    Guardianship.child_id.in_(_ids), answering_condition()
)
_ACCESSES = (
    select(*CarerAccess.__table__.c)
    .where(CarerAccess.child_id.in_(_ids), *access_conditions(_day))
    .order_by(CarerAccess.subject, CarerAccess.home, CarerAccess.id)
)
_ALL_GUARDIANS: Executable = union(
    select(Guardianship.guardian_id).where(Guardianship.child_id.in_(_ids)),
    select(CarerAccess.subject).where(
        CarerAccess.child_id.in_(_ids), CarerAccess.holder_home.is_not(None)
    ),
)


def contents_for_projections(
    session: Session, child_ids: Collection[str], projections: Collection[str], day: date
) -> Mapping[str, dict[str, Content]]:
    """
    Return by child what these projections are computed from on that day.

    Of a file that was joined to another, the other's: one dossier is published under both ids.
    """
    kept = kept_id_by_other_id(session, child_ids)
    read = {kept.get(child_id, child_id) for child_id in child_ids}
    contents = contents_of_sections(session, read, needed_sections(projections))
    if not {FAMILY, *BY_GUARDIANS}.isdisjoint(projections):
        for child_id, family in families_by_child(session, read, day).items():
            contents[child_id][FAMILY] = family
    if RESIDENCE in projections:
        for child_id, residence in dated_communes_of_homes_by_child(session, read).items():
            contents[child_id][RESIDENCE] = residence
    if SCHOOLING in projections:
        for child_id, schooling in next_schooling_by_child(session, read).items():
            contents[child_id][NEXT_SCHOOLING] = schooling
    for other_id, kept_id in kept.items():
        contents[other_id] = dict(contents[kept_id])
    return contents


def families_by_child(
    session: Session, child_ids: Collection[str], day: date
) -> dict[str, Content]:
    """
    Return by child the guardians with authority per household that they share, and its weeks.

    `weeks` hold since which day (`since`, null: as far as is known). `carers` is there where a
    child is placed, or somebody was granted an access, `protected` where a home is (rule R9):
    a guardian without one is served as before. An access is to the days of one `home`, `since` its
    first. Of who has a placed child `since` says since when, where another answered for it before:
    what was written then is not theirs to read. `last_day` is there where the child leaves the town
    after it, `in_care_of` names and numbers of who has a placed child: for who hands it over or
    calls, and not among the ids of the projection `family`.
    """
    placements = list(rows_among(session, _PLACEMENTS, child_ids, day=day))
    since = _first_days_in_care(session, {row.child_id for row in placements}, day)
    guardians = _guardians_by_child(session, child_ids, day)
    weeks = dated_weeks_by_child(session, child_ids)
    carers, in_care_of = _carers_by_child(session, child_ids, placements, day, since)
    last_days = last_days_by_child(session, child_ids)
    protected = {
        child_id: [home.household_id for home in homes]
        for child_id, homes in protection.protected_homes_of(session, child_ids).items()
    }
    return {
        child_id: {
            "guardians": guardians[child_id],
            "weeks": weeks.get(child_id),
            **({"carers": carers[child_id]} if child_id in carers else {}),
            **({"in_care_of": in_care_of[child_id]} if child_id in in_care_of else {}),
            **({"protected": protected[child_id]} if child_id in protected else {}),
            **({"last_day": last_days[child_id].isoformat()} if child_id in last_days else {}),
        }
        for child_id in child_ids
    }


def phone_of_carer(guardian_id: str, sealed: bytes | None) -> str:
    """Return the number of who has a placed child in care, "" where none is known."""
    return str(vault.open(guardian_id, PHONE_OF_CARER, sealed)) if sealed else ""


def first_day_where_later(periods: Iterable[Dated], day: date, began: date) -> date | None:
    """
    Return since when an adult with these periods answers for a child, where another `began` before.

    Of who goes on by another right too: a guardian who has the child in care the day after.
    """
    first = first_day_without_gap(periods, day)
    return first if first and first > began else None


def _first_days_in_care(session: Session, placed: Collection[str], day: date) -> FirstDays:
    """Return the first days of who answers for a placed child later than another did."""
    by_pair: dict[tuple[str, str], list[Any]] = defaultdict(list)
    began: dict[str, date] = {}
    for row in rows_among(session, _PERIODS, placed):
        by_pair[row.child_id, row.guardian_id].append(row)
        began[row.child_id] = min(row.valid_from, began.get(row.child_id, row.valid_from))
    return {
        pair: first
        for pair, rows in by_pair.items()
        if (first := first_day_where_later(rows, day, began[pair[0]]))
    }


def guardians_of_other_homes(
    session: Session, child_id: str, guardian_id: str, day: date
) -> set[str]:
    """
    Return who has authority over the child and shares none of its homes with this guardian.

    Also who is in no home of the child: both who hold authority decide what is not of every day
    (art. 372-2 Code civil), and living with the child gives none of it. Nobody for a child of a
    protected home: what one home does waits for no other there (rule R9).
    """
    kept_id = kept_id_of(session, child_id)
    if any(protection.protected_homes_of(session, [kept_id]).values()):
        return set()
    return guardians_of_homes_beside(session, kept_id, guardian_id, day)


def guardians_of_homes_beside(
    session: Session, child_id: str, guardian_id: str, day: date
) -> set[str]:
    """Return the same where a home is protected, too: to be told to nobody (rule R9)."""
    kept_id = kept_id_of(session, child_id)  # who answers for a child is in the file that is read
    rows = _guardians_by_child(session, [kept_id], day)[kept_id]
    own = {row["household"] for row in rows if row["subject"] == guardian_id}
    here = {row["subject"] for row in rows if row["household"] in own}
    answering = select(Guardianship.guardian_id).where(
        Guardianship.child_id == kept_id, *authority_conditions(day)
    )
    return set(session.scalars(answering)) - here - {guardian_id}


def dated_communes_of_homes_by_child(
    session: Session, child_ids: Collection[str]
) -> dict[str, Content]:
    """Return by child the communes of each of its homes, and from which day, the latest first."""
    homes = [
        row
        for batch in chunks(child_ids)
        for row in session.execute(
            select(ChildHousehold.child_id, HouseholdAddress.household_id)
            .add_columns(HouseholdAddress.insee, HouseholdAddress.valid_from)
            .join(HouseholdAddress, HouseholdAddress.household_id == ChildHousehold.household_id)
            .where(ChildHousehold.child_id.in_(batch))
            .order_by(HouseholdAddress.household_id, HouseholdAddress.valid_from.desc())
        )
    ]
    found: dict[str, dict[str, list[Content]]] = {child_id: {} for child_id in child_ids}
    for child_id, household_id, insee, valid_from in homes:
        row = {"insee": insee, "valid_from": valid_from.isoformat()}
        found[child_id].setdefault(household_id, []).append(row)
    return {child_id: {"homes": list(homes.values())} for child_id, homes in found.items()}


def all_guardians_of(session: Session, child_ids: Collection[str]) -> set[str]:
    """Return all who answer for one of these children, or did, or will, or have an access."""
    return {guardian_id for (guardian_id,) in rows_among(session, _ALL_GUARDIANS, child_ids)}


def homes_of_child(session: Session, child_id: str) -> list[str]:
    """Return the households in which a child lives, sorted."""
    lives = select(ChildHousehold.household_id).where(ChildHousehold.child_id == child_id)
    return list(session.scalars(lives.order_by(ChildHousehold.household_id)))


def children_living_in(session: Session, household_id: str) -> Sequence[str]:
    """Return the children of a household, sorted."""
    living = select(ChildHousehold.child_id).where(ChildHousehold.household_id == household_id)
    return session.scalars(living.order_by(ChildHousehold.child_id)).all()


def children_born_on(session: Session, day: date) -> list[tuple[str, Named]]:
    """Return the children born on that day with their names and households, by id."""
    return _named_children(session, Child.birth_date == day)


def children_born_near(session: Session, day: date) -> list[tuple[str, Named]]:
    """Return the children born on that day, or on one that a slip of the pen may make of it."""
    return _named_children(session, Child.birth_date.in_(near_dates(day)))


def children_of_home(session: Session, household_id: str) -> list[tuple[str, Named]]:
    """Return the children of a household with their names and households, by id."""
    return _named_children(session, Child.id.in_(children_living_in(session, household_id)))


def _named_children(session: Session, which: ColumnElement[bool]) -> list[tuple[str, Named]]:
    """Return these children by id, but for those of protected homes (rule R9)."""
    rows = session.execute(
        select(Child, ChildHousehold.household_id)
        .outerjoin(ChildHousehold, ChildHousehold.child_id == Child.id)
        .where(
            which,
            ~protection.out_of_search_condition(),
            ~joined_file_condition(),
            Child.id.not_in(select(TrialMember.member_id)),  # invented: nobody's twin
        )
        .order_by(Child.id)
    )
    homes: dict[Child, set[str]] = defaultdict(set)
    for child, household_id in rows:
        homes[child].add(household_id)
    return [
        (
            child.id,
            Named(
                child.first_name or "",
                child.last_name or "",
                child.birth_date or date.max,
                frozenset(known),
            ),
        )
        for child, known in homes.items()
    ]


def _guardians_by_child(
    session: Session, child_ids: Collection[str], day: date
) -> Mapping[str, list[Content]]:
    found: dict[str, list[Content]] = defaultdict(list)
    for child_id, guardian_id, household_id in rows_among(session, _GUARDIANS, child_ids, day=day):
        found[child_id].append({"subject": guardian_id, "household": household_id})
    return found


def _carers_by_child(
    session: Session,
    child_ids: Collection[str],
    placements: Iterable[Any],
    day: date,
    since: FirstDays,
) -> tuple[Mapping[str, list[Content]], Mapping[str, list[Content]]]:
    """
    Return by child its carers and who was granted its days, by id, and the carers' names with the
    number to call, "" where none is known.
    """
    found: dict[str, list[Content]] = defaultdict(list)
    called: dict[str, list[Content]] = defaultdict(list)
    for row in placements:
        until = row.valid_to.isoformat() if row.valid_to else None
        carer = {"subject": row.guardian_id, "household": row.carer_in, "until": until}
        first = since.get((row.child_id, row.guardian_id))
        found[row.child_id].append(carer | ({"since": first.isoformat()} if first else {}))
        phone = phone_of_carer(row.guardian_id, row.phone)
        called[row.child_id].append({"name": row.name, "phone": phone})
    for access in rows_among(session, _ACCESSES, child_ids, day=day):
        days: Content = {
            "subject": access.subject,
            "household": access.holder_home,
            "until": access.valid_to.isoformat(),
            "home": access.home,
            "says_absent": access.says_absent,
            "since": access.valid_from.isoformat(),
        }
        found[access.child_id].append(days)
    return found, called
