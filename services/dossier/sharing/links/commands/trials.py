"""
A provider on trial: invented families of its own, and their end.

The wall is here and in `links.add_link`: what belongs to a trial is linked to its provider alone,
and no other child to a provider on trial. Neither portal nor billing receives it; the broker has no
binding for it either.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, or_, select, update

from services.dossier.households.queries.trial_children import (
    trial_members_among,
    trial_provider_of_member,
)
from services.dossier.models import (
    ActivitiesTaken,
    Child,
    ChildHousehold,
    ChildNameWord,
    ChildWeeks,
    FoodEventChild,
    Guardian,
    GuardianGrant,
    Guardianship,
    Handover,
    Household,
    HouseholdAddress,
    HouseholdGuardian,
    Link,
    Projection,
    Section,
    SectionErasure,
    SectionHistory,
    TrialMember,
)
from services.dossier.sharing.publishing.commands.projection_publisher import lock_children
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.instant import Instant

RULE = "end of trial"
_MIXED = {"trial_of": ["real and invented families do not mix"]}


def note_trial_members(write: Write, member_ids: Collection[str], provider: str | None) -> None:
    """
    Note that all of these are of a provider's trial; with None, make sure that none is.

    Raises BadRequest where one already belongs elsewhere: real and invented families never mix.
    """
    if provider is None:
        if trial_members_among(write, member_ids):
            raise BadRequest(errors=_MIXED)
        return
    for member_id in member_ids:
        of = trial_provider_of_member(write, member_id)
        if of is None and not _is_real_member(write, member_id):
            write.add(TrialMember(member_id=member_id, provider=provider))
        elif of != provider:
            raise BadRequest(errors=_MIXED)
    write.flush()


@dataclass(frozen=True)
class Ended:
    """A trial that is over: how many children it still had, and whose keys may be destroyed."""

    children: int
    members: Collection[str]


def end_trial(write: Write, policy: AccessPolicy, provider: str, when: Instant) -> Ended:
    """
    Delete all of a provider's trial; safe to repeat. Raises BadRequest while the trial runs.

    Of a child its id stays, without a name: what desks read of it is in the chained log.
    """
    if provider in policy.trial:
        raise BadRequest(errors={"provider": ["its trial is running"]})
    members = set(
        write.scalars(select(TrialMember.member_id).where(TrialMember.provider == provider))
    )
    children = sorted(write.scalars(select(Child.id).where(Child.id.in_(members))))
    lock_children(write, children)
    named = write.scalars(
        select(Child.id).where(Child.id.in_(children), Child.first_name.is_not(None))
    ).all()
    for table in (
        ActivitiesTaken,
        FoodEventChild,
        GuardianGrant,
        Handover,
        Projection,
        Link,
        Guardianship,
        ChildWeeks,
        ChildHousehold,
        ChildNameWord,
    ):
        write.execute(delete(table).where(table.child_id.in_(children)))
    _erase_sections(write, children, when)
    write.execute(
        update(Child)
        .where(Child.id.in_(children))
        .values(reference=None, first_name=None, last_name=None, birth_date=None)
    )
    write.execute(delete(HouseholdAddress).where(HouseholdAddress.household_id.in_(members)))
    write.execute(delete(HouseholdGuardian).where(HouseholdGuardian.household_id.in_(members)))
    write.execute(delete(Household).where(Household.id.in_(members)))
    write.execute(delete(Guardian).where(Guardian.id.in_(members)))
    return Ended(len(named), members)


def _is_real_member(write: Write, member_id: str) -> bool:
    """Say whether a child was linked, an adult answered, a home had children before."""
    checks = (
        select(Link.id).where(Link.child_id == member_id),
        select(Guardianship.id).where(
            or_(Guardianship.child_id == member_id, Guardianship.guardian_id == member_id)
        ),
        select(ChildHousehold.child_id).where(
            or_(ChildHousehold.child_id == member_id, ChildHousehold.household_id == member_id)
        ),
    )
    return any(write.scalar(check.limit(1)) is not None for check in checks)


def _erase_sections(write: Write, children: Collection[str], when: Instant) -> None:
    """
    Erase with a proof, without which the database keeps every version (models/sections.py).
    """
    for row in write.scalars(select(Section).where(Section.child_id.in_(children))).all():
        write.add(
            SectionErasure(
                child_id=row.child_id,
                section=row.section,
                through_version=row.version,
                rule=RULE,
                erased_at=when.moment,
            )
        )
        write.flush()
        write.delete(row)
    write.flush()
    write.execute(delete(SectionHistory).where(SectionHistory.child_id.in_(children)))
