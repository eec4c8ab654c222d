"""Erases what is kept no longer, with a proof; then the child's key goes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from services.dossier.activity_history.commands.history import forget_activity_histories
from services.dossier.data_protection.retention.queries import (
    children_with_history_due,
    sections_due,
)
from services.dossier.data_protection.retention.rules import IDENTITY, PAPERS, Due
from services.dossier.households.commands.addresses import forget_addresses
from services.dossier.households.commands.households_for_billing import (
    forget_household_versions,
    lock_household_versions,
    publish_households,
)
from services.dossier.households.queries.guardianships import all_guardians_of
from services.dossier.households.queries.households_for_billing import (
    homes_of_children,
    homes_with_children,
)
from services.dossier.households.queries.record_holds import ever_held_among
from services.dossier.models import (
    RETENTION,
    ActivitiesTaken,
    CarerAccess,
    Child,
    ChildHousehold,
    ChildJoin,
    ChildWeeks,
    Correction,
    CorrectionDelivery,
    DeceasedGuardian,
    Departure,
    Guardian,
    GuardianCard,
    Guardianship,
    GuardianVersion,
    Household,
    HouseholdGuardian,
    LettersStopped,
    ProtectedHousehold,
    Registration,
    Section,
    SectionErasure,
    SectionHistory,
    Separation,
)
from services.dossier.papers.commands.household_papers import forget_papers_of_homes
from services.dossier.papers.commands.papers import erase_paper_files_of_child
from services.dossier.safeguarding.commands import files_held_after_death
from services.dossier.sections.name_words import unindex_child_name
from services.dossier.sharing.guardian_cards.commands import publish_cards
from services.dossier.sharing.publishing.commands.projection_publisher import lock_children
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import vault
from shared.contracts.dossier.families.household_adults import (
    GuardianForgotten,
    guardian_forgotten,
)
from shared.contracts.dossier.registrations import OPEN, REFUSED, SENT
from shared.database import Write
from shared.database.chunks import chunks
from shared.dates.instant import Instant
from shared.register import Register
from shared.register.declarations import IDENTITY as IDENTITY_SERVICE

_UNDECIDED = Registration.state.in_((OPEN, SENT, REFUSED))
"""Refused ones too, as long as they are kept: who asked reads the reason in its account."""


@dataclass(frozen=True)
class Erased:
    """Erased sections, households in which no child lives any more, and adults who are gone."""

    due: Sequence[Due]
    childless: Collection[str]
    adults: Collection[str]


def erase_due_sections(
    write: Write, register: Register, child_ids: Collection[str], when: Instant
) -> Erased:
    """
    Erase what is due of these children, each with its proof; return what was erased.

    Due sections are computed again under the locks: a link may have been opened meanwhile.
    """
    lock_children(write, child_ids)
    due = sections_due(write, register, when, child_ids)
    return erase_sections(write, AccessPolicy.from_register(register), due, when)


def erase_sections(write: Write, policy: AccessPolicy, due: Sequence[Due], when: Instant) -> Erased:
    """Erase these sections of locked children, each with its proof, and publish the change."""
    children = {one.child_id for one in due}
    guardians = all_guardians_of(write, children)
    bereaved = all_guardians_of(write, ever_held_among(write, children))
    nameless = {one.child_id for one in due if one.section == IDENTITY}
    homes = homes_of_children(write, nameless)
    lock_household_versions(write, homes)
    for one in due:
        _erase_section(write, one, when)
    write.flush()
    files_held_after_death.let_go_of_erased_files(write, policy, nameless, when)
    childless, adults = _delete_adults_and_homes(write, homes, when) if nameless else ((), ())
    publish_cards(write, policy, guardians, when)
    told = guardians - bereaved
    _publish_forgotten_guardians(write, {*guardians, *adults}, told)
    _forget_cards(write, {*guardians, *adults})
    return Erased(due, childless, adults)


def forget_adults_and_homes(
    write: Write,
    policy: AccessPolicy,
    guardian_ids: Collection[str],
    homes: Collection[str],
    when: Instant,
) -> Erased:
    """
    Let go of those of these adults who answer for nobody any more, and of deserted homes.

    Their accounts close without an e-mail: a child may have died, or an import been undone.
    """
    lock_household_versions(write, homes)
    childless, adults = _delete_adults_and_homes(write, homes, when)
    publish_cards(write, policy, guardian_ids, when)
    _publish_forgotten_guardians(write, {*guardian_ids, *adults}, told=())
    _forget_cards(write, {*guardian_ids, *adults})
    return Erased([], childless, adults)


def erase_activity_histories(write: Write, child_ids: Collection[str], when: Instant) -> None:
    """Erase the courses that are due, worked out again under the locks."""
    lock_children(write, child_ids)
    forget_activity_histories(write, children_with_history_due(write, when, child_ids))


def shred_keys(erased: Erased) -> None:
    """
    Destroy the keys of what nothing remains of, children, addresses and adults, after the commit.

    Backups of the database hold what was erased, and from now on nobody can read it there.
    """
    children = [one.child_id for one in erased.due if one.section == IDENTITY]
    vault.shred_keys(*children, *erased.childless, *erased.adults)


def _erase_section(write: Write, due: Due, when: Instant) -> None:
    row = write.get(Section, (due.child_id, due.section))
    assert row is not None
    write.add(
        SectionErasure(
            child_id=due.child_id,
            section=due.section,
            through_version=row.version,
            rule=due.rule,
            erased_at=when.moment,
        )
    )
    write.flush()
    write.execute(
        delete(SectionHistory).where(
            SectionHistory.child_id == due.child_id,
            SectionHistory.section == due.section,
            SectionHistory.version <= row.version,
        )
    )
    row.version += 1
    row.content = row.turns_on = None
    row.changed_at, row.changed_by = when.moment, RETENTION
    if due.section == PAPERS:
        erase_paper_files_of_child(write, due.child_id)
    if due.section == IDENTITY:
        _forget_child(write, due.child_id)


def _forget_child(write: Write, child_id: str) -> None:
    """Take the child's names away, and who answered for it, where it lived, what it did."""
    no_name: dict[str, object] = dict.fromkeys(
        ("reference", "first_name", "last_name", "birth_date")
    )
    write.execute(update(Child).where(Child.id == child_id).values(no_name))
    unindex_child_name(write, child_id)
    forget_activity_histories(write, [child_id])
    erase_paper_files_of_child(write, child_id)
    joined = or_(ChildJoin.kept_id == child_id, ChildJoin.other_id == child_id)
    write.execute(update(ChildJoin).where(joined).values(content=None))
    corrected = select(Correction.id).where(Correction.child_id == child_id)
    write.execute(delete(CorrectionDelivery).where(CorrectionDelivery.correction_id.in_(corrected)))
    write.execute(delete(Correction).where(Correction.child_id == child_id))
    write.execute(delete(ChildWeeks).where(ChildWeeks.child_id == child_id))
    write.execute(delete(Guardianship).where(Guardianship.child_id == child_id))
    write.execute(delete(CarerAccess).where(CarerAccess.child_id == child_id))
    write.execute(delete(Departure).where(Departure.child_id == child_id))
    write.execute(delete(ActivitiesTaken).where(ActivitiesTaken.child_id == child_id))
    write.execute(delete(ChildHousehold).where(ChildHousehold.child_id == child_id))


def _delete_adults_and_homes(
    write: Write, left: Collection[str], when: Instant
) -> tuple[Collection[str], Collection[str]]:
    """
    Let go of adults who answer for nobody, homes without anybody, addresses without a child.

    `left` are the homes that a child has just left. Who asks for a child that the desk has not
    decided on keeps name and home. Returns the homes in which no child lives, and the adults gone.
    """
    answers = or_(
        exists().where(Guardianship.guardian_id == HouseholdGuardian.guardian_id),
        exists().where(CarerAccess.subject == HouseholdGuardian.guardian_id),
        _asks_for_child(HouseholdGuardian.guardian_id),
    )
    deserted = select(HouseholdGuardian.household_id).where(~answers)
    homes = {*left, *write.scalars(deserted)}
    write.execute(delete(HouseholdGuardian).where(~answers))
    answers = or_(
        exists().where(Guardianship.guardian_id == Guardian.id), _asks_for_child(Guardian.id)
    )
    lives = exists().where(HouseholdGuardian.guardian_id == Guardian.id)
    gone_adults = select(Guardian.id).where(~answers, ~lives)
    adults = write.scalars(gone_adults.order_by(Guardian.id)).all()
    write.execute(delete(DeceasedGuardian).where(DeceasedGuardian.guardian_id.in_(gone_adults)))
    gone_versions = delete(GuardianVersion).where(GuardianVersion.guardian_id.in_(gone_adults))
    write.execute(gone_versions)
    write.execute(delete(Guardian).where(~answers, ~lives))
    childless = homes - homes_with_children(write, homes) - _homes_of_undecided_children(write)
    forget_addresses(write, childless)
    forget_papers_of_homes(write, childless)
    lives = exists().where(HouseholdGuardian.household_id == Household.id)
    for batch in chunks(childless):
        gone = select(Household.id).where(Household.id.in_(batch), ~lives)
        for table in (ProtectedHousehold, LettersStopped, DeceasedGuardian, Separation):
            write.execute(delete(table).where(table.household_id.in_(gone)))
        write.execute(delete(Household).where(Household.id.in_(gone)))
    publish_households(write, homes, when)
    forget_household_versions(write, homes)
    return childless, adults


def _asks_for_child(guardian_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return the condition of who has a registration under way: the desk decides on it."""
    return exists().where(Registration.guardian_id == guardian_id, _UNDECIDED)


def _homes_of_undecided_children(write: Write) -> set[str | None]:
    return set(write.scalars(select(Registration.household_id).where(_UNDECIDED)))


def _publish_forgotten_guardians(
    write: Write, guardian_ids: Collection[str], told: Collection[str]
) -> None:
    """
    Publish to identity who of these adults answers for nobody any more: their accounts close.

    Only who is `told` gets an e-mail that it did.
    """
    for batch in chunks(sorted(guardian_ids)):
        answers = select(Guardian.id).where(Guardian.id.in_(batch))
        has_access = select(CarerAccess.subject).where(CarerAccess.subject.in_(batch))
        kept = set(write.scalars(answers.union(has_access)))
        for guardian_id in batch:
            if guardian_id not in kept:
                event = GuardianForgotten(guardian_id, quiet=guardian_id not in told)
                write.publish(guardian_forgotten, event, to=IDENTITY_SERVICE)


def _forget_cards(write: Write, guardian_ids: Collection[str]) -> None:
    """Forget the cards of adults who answer for nobody any more; their last one was empty."""
    for batch in chunks(guardian_ids):
        write.execute(
            delete(GuardianCard).where(
                GuardianCard.guardian_id.in_(batch),
                ~exists().where(Guardian.id == GuardianCard.guardian_id),
            )
        )
