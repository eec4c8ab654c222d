"""
Undoes a batch of imported families, unless a later change depends on it.

Families that share a child or an adult, as where parents live apart, go together or not at all.

Created members are erased as at the end of their retention: links end with tombstones and receipts,
each section is erased with a proof, the child's key is destroyed. Known members lose only what the
import added.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from services.dossier.data_protection.retention.commands import (
    Erased,
    erase_sections,
    forget_adults_and_homes,
)
from services.dossier.data_protection.retention.rules import Due
from services.dossier.households.queries.guardianships import OF_HOMES, all_guardians_of
from services.dossier.households.queries.households_for_billing import homes_of_children
from services.dossier.models import (
    ChildHousehold,
    Guardian,
    Guardianship,
    HouseholdGuardian,
    ImportDecision,
    ImportDoubt,
    ImportReference,
    Link,
    Section,
    Subject,
)
from services.dossier.models.families.imports import CHILD, GUARDIAN, HOUSEHOLD, LINK
from services.dossier.registrations.imports.queries.undo_obstacles import obstacle_to_undoing
from services.dossier.sharing.guardian_cards.commands import publish_cards
from services.dossier.sharing.links.commands.provider_links import end_link
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.dossier.families.imports import (
    GuardianTakenBack,
    KeptFamily,
    guardian_taken_back,
)
from shared.database import Write
from shared.dates.instant import Instant
from shared.register.declarations import IDENTITY

AT_ONCE = 20
"""Families in one transaction."""
RULE = "undone arrival"
_LIVING: Sequence[tuple[Any, Any]] = (
    (ChildHousehold, ChildHousehold.child_id),
    (HouseholdGuardian, HouseholdGuardian.guardian_id),
)


@dataclass
class Undone:
    """Outcome for some families; the keys of `erased` may be destroyed after the commit."""

    removed: int = 0
    kept: list[KeptFamily] = field(default_factory=list)
    next: str = ""
    erased: list[Erased] = field(default_factory=list)


def undo_families(
    write: Write, policy: AccessPolicy, batch: str, after: str, when: Instant
) -> Undone:
    """Take back the families of a batch that come after a reference, AT_ONCE at most."""
    families = write.scalars(
        select(ImportReference.family)
        .where(ImportReference.batch == batch, ImportReference.family > after)
        .distinct()
        .order_by(ImportReference.family)
        .limit(AT_ONCE)
    ).all()
    undone = Undone(next=families[-1] if len(families) == AT_ONCE else "")
    gone: set[str] = set()
    for family in families:
        if family in gone:
            continue
        together = _connected_families(write, batch, family)
        came = _references_brought(write, batch, together)
        why = obstacle_to_undoing(write, batch, came)
        if why:
            undone.kept.append({"reference": family, "why": why})
            continue
        undone.erased += _undo_arrival(write, policy, came, when)
        _end_invitations(write, [row.id for row in came[GUARDIAN] if row.made])
        _forget_references(write, batch, together, came)
        undone.removed += len(together)
        gone |= together
    _forget_doubts(write, batch, after, undone.next)
    return undone


def _connected_families(session: Session, batch: str, family: str) -> set[str]:
    """Return a family with all of its batch that share a child or an adult: all go, or none."""
    families = {family}
    while True:
        rows = select(ImportReference.id).where(
            ImportReference.batch == batch, ImportReference.family.in_(families)
        )
        ids = set(session.scalars(rows))
        homes, people = set(ids), set(ids)
        for table, person in _LIVING:
            living = select(table.household_id).where(person.in_(ids))
            homes |= set(session.scalars(living))
        for table, person in _LIVING:
            there = select(person).where(table.household_id.in_(homes))
            people |= set(session.scalars(there))
        theirs = select(ImportReference.family).where(ImportReference.batch == batch)
        found = set(session.scalars(theirs.where(ImportReference.id.in_(homes | people))))
        if found <= families:
            return families
        families |= found


def _references_brought(
    session: Session, batch: str, families: Collection[str]
) -> Mapping[str, Sequence[ImportReference]]:
    found: dict[str, list[ImportReference]] = defaultdict(list)
    rows = select(ImportReference).where(
        ImportReference.batch == batch, ImportReference.family.in_(families)
    )
    for row in session.scalars(rows.order_by(ImportReference.kind, ImportReference.reference)):
        found[row.kind].append(row)
    return found


def _undo_arrival(
    write: Write, policy: AccessPolicy, came: Mapping[str, Sequence[ImportReference]], when: Instant
) -> list[Erased]:
    made = {row.id for row in came[CHILD] if row.made}
    linked = {row.id for row in came[CHILD] if not row.made}
    lock_children(write, made | linked)
    guardians = all_guardians_of(write, made | linked)
    homes = {row.id for row in came[HOUSEHOLD]} | homes_of_children(write, made | linked)
    for link in write.scalars(_select_open_links(came[LINK])).all():
        end_link(write, policy, link, when)
    _detach_known_children(write, linked, came)
    erased = [erase_sections(write, policy, list(_sections_to_erase(write, made, when)), when)]
    erased.append(forget_adults_and_homes(write, policy, guardians, homes, when))
    publish_changes(
        write, policy, targets_at_linked_providers(write, linked, OF_HOMES), when, quiet=True
    )
    publish_cards(write, policy, all_guardians_of(write, linked), when)
    return erased


def _end_invitations(write: Write, guardian_ids: Collection[str]) -> None:
    """Tell identity of invited guardians who are deleted here, so that no letter opens anything."""
    invited = select(Subject.subject).where(Subject.subject.in_(guardian_ids))
    here = exists().where(Guardian.id == Subject.subject)
    for guardian_id in write.scalars(invited.where(~here).order_by(Subject.subject)):
        write.publish(guardian_taken_back, GuardianTakenBack(guardian_id), to=IDENTITY)


def _select_open_links(links: Collection[ImportReference]) -> Any:
    ids = [row.id for row in links]
    return select(Link).where(Link.id.in_(ids), Link.closed_at.is_(None)).order_by(Link.id)


def _detach_known_children(
    write: Write, linked: Collection[str], came: Mapping[str, Sequence[ImportReference]]
) -> None:
    """Take from known children the adults and the home that this arrival gave them."""
    adults = [row.id for row in came[GUARDIAN] if row.made]
    homes = [row.id for row in came[HOUSEHOLD] if row.made]
    for table, column, ids in (
        (Guardianship, Guardianship.guardian_id, adults),
        (ChildHousehold, ChildHousehold.household_id, homes),
    ):
        write.execute(delete(table).where(table.child_id.in_(linked), column.in_(ids)))


def _sections_to_erase(
    session: Session, child_ids: Collection[str], when: Instant
) -> Sequence[Due]:
    rows = session.execute(
        select(Section.child_id, Section.section)
        .where(Section.child_id.in_(child_ids))
        .order_by(Section.child_id, Section.section)
    )
    return [Due(child_id, section, RULE, when.day) for child_id, section in rows]


def _forget_references(
    write: Write,
    batch: str,
    families: Collection[str],
    came: Mapping[str, Sequence[ImportReference]],
) -> None:
    children = [row.reference for row in came[CHILD]]
    write.execute(
        delete(ImportReference).where(
            ImportReference.batch == batch, ImportReference.family.in_(families)
        )
    )
    write.execute(delete(ImportDecision).where(ImportDecision.child.in_(children)))


def _forget_doubts(write: Write, batch: str, after: str, until: str) -> None:
    rows = delete(ImportDoubt).where(ImportDoubt.batch == batch, ImportDoubt.family > after)
    write.execute(rows.where(ImportDoubt.family <= until) if until else rows)
