"""
Letters to the households that a breach touched: which may be written to, their names and addresses.

A home in which somebody is protected, placed or held gets none by itself: which service has the
child would be news to whoever opens it (rule R9). Who has the right to protect writes to it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.dossier.households.queries.addresses import addresses_by_household
from services.dossier.households.queries.guardianships import authority_conditions
from services.dossier.households.queries.letter_addresses import (
    envelope_lines,
    select_guardians_without_auto_mail,
)
from services.dossier.households.queries.trial_children import trial_members_among
from services.dossier.models import (
    Child,
    ChildHousehold,
    Guardian,
    Guardianship,
    HouseholdAddress,
    HouseholdGuardian,
)
from services.dossier.read_log.queries.affected_households import (
    affected_child_conditions,
    affected_household_ids,
)
from shared.contracts.dossier.data_protection.breach_letters import (
    MOST_ADULTS,
    BreachLetter,
    BreachRecipientsAnswer,
)


@dataclass(frozen=True)
class Period:
    """The period of a breach, and its provider; None for a service that holds all families."""

    provider: str | None
    since: datetime
    until: datetime


@dataclass
class Home:
    """Adults of a home who answer for a touched child in it, by id, and these children."""

    adults: dict[str, str] = field(default_factory=dict)
    children: set[str] = field(default_factory=set)


def breach_recipients(
    session: Session, period: Period, after: str | None, day: date
) -> BreachRecipientsAnswer:
    """Return some of the households after an id, and how many get no letter by themselves."""
    ids, more = affected_household_ids(session, period.provider, period.since, period.until, after)
    real = set(ids) - trial_members_among(session, ids)
    apart = _homes_without_automatic_mail(session, real, day)
    homes = _homes_to_write_to(session, period, real - apart, day)
    return BreachRecipientsAnswer(
        households=[
            {"household_id": each, "guardian_ids": sorted(homes[each].adults)[:MOST_ADULTS]}
            for each in sorted(homes)
        ],
        touched=len(real),
        apart=len(apart),
        unaddressed=len(real) - len(apart) - len(homes),
        after=ids[-1] if more else None,
    )


def homes_that_may_be_written_to(
    session: Session, period: Period, household_ids: Collection[str], day: date
) -> Mapping[str, Home]:
    """Return those of these households with an address and somebody to write to, none apart."""
    wanted = set(household_ids) - _homes_without_automatic_mail(session, household_ids, day)
    return _homes_to_write_to(session, period, wanted, day)


def _homes_to_write_to(
    session: Session, period: Period, household_ids: Collection[str], day: date
) -> Mapping[str, Home]:
    query = (
        select(ChildHousehold.household_id, ChildHousehold.child_id, Guardian.id, Guardian.name)
        .join(HouseholdGuardian, HouseholdGuardian.household_id == ChildHousehold.household_id)
        .join(Guardian, Guardian.id == HouseholdGuardian.guardian_id)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .join(Child, Child.id == ChildHousehold.child_id)
        .where(
            ChildHousehold.household_id.in_(household_ids),
            ChildHousehold.household_id.in_(
                select(HouseholdAddress.household_id).where(HouseholdAddress.valid_from <= day)
            ),
            Guardianship.child_id == ChildHousehold.child_id,
            Child.first_name.is_not(None),
            *authority_conditions(day),
            *affected_child_conditions(period.provider, period.since, period.until),
        )
    )
    homes: dict[str, Home] = defaultdict(Home)
    for household_id, child_id, guardian_id, name in session.execute(query):
        homes[household_id].adults[guardian_id] = name
        homes[household_id].children.add(child_id)
    return dict(homes)


def letters_to_homes(
    session: Session, homes: Mapping[str, Home], day: date
) -> Sequence[BreachLetter]:
    """Return the letters to these homes, by household."""
    addresses = addresses_by_household(session, homes.keys())
    return [
        {
            "household_id": each,
            "names": sorted(homes[each].adults.values())[:MOST_ADULTS],
            "lines": envelope_lines(addresses[each], day),
        }
        for each in sorted(homes)
    ]


def _homes_without_automatic_mail(
    session: Session, household_ids: Collection[str], day: date
) -> set[str]:
    """Return those of these homes in which somebody lives to whom nothing is sent by itself."""
    query = select(HouseholdGuardian.household_id).where(
        HouseholdGuardian.household_id.in_(household_ids),
        or_(
            *(
                HouseholdGuardian.guardian_id.in_(some)
                for some in select_guardians_without_auto_mail(day)
            )
        ),
    )
    return set(session.scalars(query))
