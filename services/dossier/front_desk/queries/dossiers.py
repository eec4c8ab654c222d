"""
Households that the town's front desk finds and opens, for a person at the counter.

Names and birth dates, whose child is whose, what was never filled in. No content of any section, no
provider, no address. What a desk may find at all is decided in one place (`findable`, rule R9).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from services.dossier.front_desk.queries.people_of_similar_name import (
    portions_of_people_meant,
)
from services.dossier.front_desk.rules.name_search import (
    Person,
    Query,
    likeness_of_people,
    most_alike_first,
)
from services.dossier.households.queries import protection, record_holds
from services.dossier.households.queries.guardianships import (
    authority_conditions,
    children_living_in,
)
from services.dossier.households.queries.households_for_billing import (
    deceased_by_household,
    guardians_by_household,
)
from services.dossier.households.queries.ids_of_joined_files import others_by_kept
from services.dossier.households.queries.last_days_in_town import last_days_by_child
from services.dossier.models import (
    Child,
    ChildHousehold,
    Guardian,
    Guardianship,
    Household,
    HouseholdAddress,
    HouseholdGuardian,
    RecordHold,
)
from services.dossier.sharing.guardian_cards.queries import sections_never_entered
from shared.contracts.dossier.front_desk import (
    AccessLetters,
    ComingMove,
    FoundPerson,
    OpenDossierAnswer,
    OpenedChild,
)
from shared.contracts.errors import NotFound
from shared.database.chunks import chunks
from shared.database.prebuilt_statements import among_parameter, rows_among
from shared.person import roles_on
from shared.register import Register
from shared.text import folded

MOST_FOUND = 12


def findable_household_condition() -> ColumnElement[bool]:
    """
    Return the condition under which a desk may find, or open, a household (rule R9).

    The one place that decides it: nothing else in this module reads a household without it.
    """
    return ~protection.protected_household_condition()


def role_at_front_desk(
    session: Session, register: Register, agent: str, acts: Collection[str], day: date
) -> str:
    """Return in which role an agent may do one of these acts at the front desk that day, or ""."""
    desk = register.now.front_desk
    held = roles_on(session, agent, day)
    able = (
        (role.code for role in desk.roles if not set(acts).isdisjoint(role.permissions))
        if desk
        else ()
    )
    return next((code for code in able if code in held), "")


def find_dossiers(session: Session, query: Query, day: date) -> tuple[list[FoundPerson], bool]:
    """
    Return who it could be, at most MOST_FOUND, and whether there were more.

    Whose words are the most alike are compared first, unless a birth date counts too: where they
    fill the page nobody else is looked for. Where they may be found is asked once enough of them
    are as like as anybody still to come.
    """
    people: dict[str, Person] = {}
    alike: dict[str, float] = {}
    homes: dict[str, list[str]] = {}
    for some in portions_of_people_meant(session, query):
        people |= some.people
        alike |= likeness_of_people(query, some.people)
        if sum(like >= some.rest for like in alike.values()) <= MOST_FOUND:
            continue
        first = _first_findable(session, most_alike_first(alike, people), homes, day)
        if len(first) > MOST_FOUND and alike[first[-1]] >= some.rest:
            break
    else:
        first = _first_findable(session, most_alike_first(alike, people), homes, day)
    lines = {f"{home}|{subject}": people[subject] for subject in first for home in homes[subject]}
    keys = most_alike_first({key: alike[key.partition("|")[2]] for key in lines}, lines)
    return _found_people(session, lines, keys[:MOST_FOUND], day), len(keys) > MOST_FOUND


def _first_findable(
    session: Session, subjects: Sequence[str], homes: dict[str, list[str]], day: date
) -> list[str]:
    """
    Return the first of these people whom a desk may find, one more than a page has at most.

    Where they may be found is looked up of them alone, and noted in `homes`: nowhere, of some.
    """
    found: list[str] = []
    for some in chunks(subjects, MOST_FOUND + 1):
        unknown = [subject for subject in some if subject not in homes]
        there = _findable_homes(session, unknown, day)
        homes |= {subject: there.get(subject, []) for subject in unknown}
        found += [subject for subject in some if homes[subject]]
        if len(found) > MOST_FOUND:
            break
    return found[: MOST_FOUND + 1]


def dossiers_of_guardian(session: Session, guardian_id: str, day: date) -> list[FoundPerson]:
    """Return one guardian in each home where a desk may find this person (rule R9)."""
    homes, people = (
        _findable_homes(session, [guardian_id], day),
        _named_guardians(session, [guardian_id]),
    )
    lines = {f"{home}|{guardian_id}": people[guardian_id] for home in homes.get(guardian_id, ())}
    return _found_people(session, lines, sorted(lines)[:MOST_FOUND], day)


def _found_people(
    session: Session, people: Mapping[str, Person], shown: Sequence[str], day: date
) -> list[FoundPerson]:
    """Return these people as a search shows them."""
    communes = communes_by_household(session, {key.partition("|")[0] for key in shown}, day)
    years = birth_years_by_household(
        session, {key.partition("|")[0] for key in shown if people[key].born is None}
    )
    found: dict[str, FoundPerson] = {}
    for key in shown:
        household_id, _, subject = key.partition("|")
        born = people[key].born
        found[key] = {
            "household_id": household_id,
            "child_id": subject if born else None,
            "name": people[key].name,
            "born": born.isoformat() if born else years.get(household_id, ""),
            "insee": communes.get(household_id, ""),
            "guardians": [],
        }
    for key, names in _names_that_distinguish(session, found, day).items():
        found[key]["guardians"] = names
    return list(found.values())


def read_household_for_desk(
    session: Session, household_id: str, letters: AccessLetters, day: date
) -> OpenDossierAnswer:
    """Return one household; raises NotFound where there is none that a desk may open."""
    known = select(Household.id).where(Household.id == household_id, findable_household_condition())
    if session.scalar(known) is None:
        raise NotFound(household_id=household_id)
    guardians = guardians_by_household(session, [household_id], day)[household_id]
    here = {guardian["subject"] for guardian in guardians}
    child_ids = children_living_in(session, household_id)
    answering, missing = (
        _guardians_in_authority(session, child_ids, day),
        sections_never_entered(session, child_ids),
    )
    others, last_days = others_by_kept(session, child_ids), last_days_by_child(session, child_ids)
    named = (
        Child.id.in_(child_ids),
        Child.first_name.is_not(None),
        ~record_holds.held_file_condition(),
    )
    rows = select(Child).where(*named)
    children: list[OpenedChild] = []
    for child in session.scalars(rows.order_by(Child.birth_date, Child.first_name, Child.id)):
        assert child.first_name and child.last_name and child.birth_date
        children.append(
            {
                "id": child.id,
                "first_name": child.first_name,
                "last_name": child.last_name,
                "birth_date": child.birth_date,
                "missing": missing[child.id],
                "guardians": [guardian for guardian in answering[child.id] if guardian in here],
                "also": list(others.get(child.id, ())),
                "leaves_after": last_days.get(child.id),
            }
        )
    return OpenDossierAnswer(
        household_id=household_id,
        insee=communes_by_household(session, [household_id], day).get(household_id, ""),
        guardians=[{"id": row["subject"], "name": row["name"]} for row in guardians],
        deceased=deceased_by_household(session, [household_id])[household_id],
        children=children,
        letters=letters,
        held_by=_agents_holding_files(session, child_ids),
        moves=_next_move(session, household_id, day),
    )


def _next_move(session: Session, household_id: str, day: date) -> ComingMove | None:
    """Return the first move of a household after a day, where one was announced."""
    later = HouseholdAddress.household_id == household_id, HouseholdAddress.valid_from > day
    rows = select(HouseholdAddress.insee, HouseholdAddress.valid_from).where(*later)
    row = session.execute(rows.order_by(HouseholdAddress.valid_from).limit(1)).first()
    return {"insee": row.insee, "valid_from": row.valid_from} if row else None


def _agents_holding_files(session: Session, child_ids: Collection[str]) -> list[str]:
    """Return the agents who hold files of these children, each once."""
    held = RecordHold.child_id.in_(child_ids), RecordHold.released_at.is_(None)
    return sorted(set(session.scalars(select(RecordHold.held_by).where(*held))))


def children_in_results(session: Session, found: Iterable[FoundPerson]) -> set[str]:
    """Return the children whose families read of it that a search showed these lines."""
    children = {row["child_id"] for row in found if row["child_id"]}
    homes = [row["household_id"] for row in found if not row["child_id"]]
    return children | children_of_households(session, homes)


def children_of_households(session: Session, household_ids: Collection[str]) -> set[str]:
    """Return the children who live in one of these households."""
    return {child_id for (child_id,) in rows_among(session, _CHILDREN_OF_HOMES, household_ids)}


_CHILDREN_OF_HOMES = select(ChildHousehold.child_id).where(
    ChildHousehold.household_id.in_(among_parameter())
)


def communes_by_household(
    session: Session, household_ids: Collection[str], day: date
) -> dict[str, str]:
    """Return by household the INSEE code of where it lives on that day, where it is known."""
    rows = rows_among(session, _COMMUNES, set(household_ids), day=day)
    return {household_id: insee for household_id, insee in rows}


_COMMUNES = (
    select(HouseholdAddress.household_id, HouseholdAddress.insee)
    .where(
        HouseholdAddress.household_id.in_(among_parameter()),
        HouseholdAddress.valid_from <= bindparam("day"),
    )
    .order_by(HouseholdAddress.valid_from)
)
"""Query of the communes of households by first day: of several addresses the last one counts."""


def _names_that_distinguish(
    session: Session, found: Mapping[str, FoundPerson], day: date
) -> dict[str, list[str]]:
    """
    Return by key who lives in a home, of a person found in several homes, and of homonyms.

    Those are people of one name and birth date, or parents of one name whose children were born in
    the same years; a commune tells the homes of nobody apart who looks for a child.
    """
    of_person = Counter(key.partition("|")[2] for key in found)
    alike = Counter(_homonym_key(row) for row in found.values())
    homes = {
        key: row["household_id"]
        for key, row in found.items()
        if of_person[key.partition("|")[2]] > 1 or alike[_homonym_key(row)] > 1
    }
    names = guardians_by_household(session, set(homes.values()), day)
    return {key: [guardian["name"] for guardian in names[home]] for key, home in homes.items()}


def _homonym_key(row: FoundPerson) -> tuple[bool, str, str]:
    return row["child_id"] is None, folded(row["name"]), row["born"]


def _named_guardians(session: Session, meant: Collection[str]) -> dict[str, Person]:
    return {who: Person(name) for who, name in rows_among(session, _NAMED_GUARDIANS, meant)}


_NAMED_GUARDIANS = select(Guardian.id, Guardian.name).where(Guardian.id.in_(among_parameter()))


def _findable_homes(session: Session, subjects: Collection[str], day: date) -> dict[str, list[str]]:
    """Return by child or guardian the homes in which a desk may find them, of those it may."""
    homes: dict[str, list[str]] = defaultdict(list)
    for home, child_id in rows_among(session, _FINDABLE_CHILDREN, subjects):
        homes[child_id].append(home)
    for home, guardian_id in rows_among(session, _FINDABLE_GUARDIANS, subjects, day=day):
        homes[guardian_id].append(home)
    return homes


_FINDABLE_CHILDREN = (
    select(ChildHousehold.household_id, Child.id)
    .join(Child, Child.id == ChildHousehold.child_id)
    .join(Household, Household.id == ChildHousehold.household_id)
    .where(
        Child.id.in_(among_parameter()),
        ~protection.out_of_search_condition(),
        ~record_holds.held_file_condition(),
        findable_household_condition(),
    )
)


_FINDABLE_GUARDIANS = (
    select(HouseholdGuardian.household_id, HouseholdGuardian.guardian_id)
    .join(Household, Household.id == HouseholdGuardian.household_id)
    .join(Guardianship, Guardianship.guardian_id == HouseholdGuardian.guardian_id)
    .where(
        HouseholdGuardian.guardian_id.in_(among_parameter()),
        *authority_conditions(bindparam("day")),
        findable_household_condition(),
    )
    .distinct()
)


def birth_years_by_household(session: Session, household_ids: Collection[str]) -> dict[str, str]:
    """Return by household the years in which its children were born: « 2018, 2020 »."""
    years: dict[str, set[int]] = defaultdict(set)
    for home, born in rows_among(session, _BIRTHS, household_ids):
        years[home].add(born.year)
    return {home: ", ".join(map(str, sorted(several))) for home, several in years.items()}


_BIRTHS = (
    select(ChildHousehold.household_id, Child.birth_date)
    .join(Child, Child.id == ChildHousehold.child_id)
    .where(ChildHousehold.household_id.in_(among_parameter()), Child.birth_date.is_not(None))
)


def _guardians_in_authority(
    session: Session, child_ids: Collection[str], day: date
) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {child_id: [] for child_id in child_ids}
    rows = session.execute(
        select(Guardianship.child_id, Guardianship.guardian_id)
        .where(Guardianship.child_id.in_(child_ids), *authority_conditions(day))
        .order_by(Guardianship.guardian_id)
    )
    for child_id, guardian_id in rows:
        found[child_id].append(guardian_id)
    return found
