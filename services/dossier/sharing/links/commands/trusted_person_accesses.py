"""
Grants a person a dated access to a child's week, for one guardian, and withdraws it.

Only the days of the granting home are seen; the providers learn an id, a household of that person's
own, and until when.
"""

from sqlalchemy import func, select

from services.dossier.households.commands.homes_apart_from_child import lock_adult
from services.dossier.households.commands.next_changes_and_ended_accesses import end_granted_access
from services.dossier.households.queries.guardianships import homes_of_child
from services.dossier.models import CarerAccess, Guardian, Household, HouseholdGuardian
from services.dossier.sections.name_words import index_guardian_name
from services.dossier.sections.rules.projections import Content
from services.dossier.sharing.grants.queries.trusted_person_accesses import (
    accesses_shown,
    content_of_access,
    running_access_condition,
    sealed_place_of_access,
)
from services.dossier.sharing.guardian_cards.commands import publish_cards
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import vault
from shared.contracts.dossier.families import trusted_person_accesses as contracts
from shared.contracts.dossier.families.trusted_person_accesses import (
    ACCEPTED,
    DECLINED,
    INVITED,
    LONGEST,
    MOST_OPEN,
    OFFERED,
    AccessGranted,
    TooManyAccesses,
    access_granted,
)
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.dates.instant import Instant
from shared.dates.periods import next_change_of_period
from shared.register.declarations import IDENTITY
from shared.register.entitlement import FAMILY
from shared.runtime.ids import new_id


def grant_access(
    write: Write, request: contracts.GrantAccessRequest, *, by: str, when: Instant
) -> None:
    """Offer an access to a person with an e-mail address. Raises as the contract says."""
    lock_children(write, [request.child_id])
    first, last = request.valid_from, request.valid_to
    if not when.day <= first <= last <= when.day + LONGEST:
        raise BadRequest(errors={"valid_to": ["between today and a year, in order"]})
    mine = select(HouseholdGuardian.household_id).where(
        HouseholdGuardian.guardian_id == by,
        HouseholdGuardian.household_id.in_(homes_of_child(write, request.child_id)),
    )
    home = write.scalar(mine.order_by(HouseholdGuardian.household_id).limit(1))
    if home is None:
        raise BadRequest(errors={"child_id": ["lives elsewhere"]})
    counted = select(func.count()).where(
        CarerAccess.child_id == request.child_id,
        CarerAccess.granted_by == by,
        running_access_condition(when.day),
    )
    if (write.scalar(counted) or 0) >= MOST_OPEN:
        raise TooManyAccesses
    row = CarerAccess(
        id=new_id(),
        child_id=request.child_id,
        granted_by=by,
        granted_at=when.moment,
        home=home,
        state=INVITED,
        says_absent=request.says_absent,
        valid_from=first,
        valid_to=last,
    )
    vault.prepare_keys([row.child_id])
    _seal_access_content(row, {"name": request.name, "email": request.email})
    write.add(row)
    write.publish(access_granted, AccessGranted(row.id, request.name, request.email), to=IDENTITY)


def offer_access(write: Write, access_id: str, subject: str, when: Instant) -> None:
    """Note whose account an access was offered to; its address is needed no more."""
    row = write.get(CarerAccess, access_id, with_for_update=True)
    if row is None or row.state != INVITED:
        return
    if subject == row.granted_by:
        end_granted_access(row, by=subject, when=when)
    else:
        row.subject, row.state = subject, OFFERED
    _seal_access_content(row, {"name": content_of_access(row)["name"]})


def answer_access(
    write: Write,
    policy: AccessPolicy,
    request: contracts.AnswerAccessRequest,
    *,
    by: str,
    when: Instant,
) -> None:
    """Take an offered access, or decline it; raises NotFound for any other person's."""
    row = write.get(CarerAccess, request.access_id)
    if row is None or row.subject != by:
        raise NotFound(access_id=request.access_id)
    lock_children(write, [row.child_id])
    write.refresh(row, with_for_update=True)
    if row.state != OFFERED or row.valid_to < when.day:
        raise NotFound(access_id=request.access_id)
    if not request.accept:
        row.state = DECLINED
        return
    row.holder_home = _home_of_holder(write, by, str(content_of_access(row)["name"]), when)
    row.state = ACCEPTED
    row.turns_on = next_change_of_period(row.valid_from, row.valid_to, when.day)
    _publish_family_projection(write, policy, row, when)


def end_access(
    write: Write,
    policy: AccessPolicy,
    request: contracts.EndAccessRequest,
    *,
    by: str,
    when: Instant,
) -> None:
    """Withdraw an access at once; raises NotFound for one that this guardian does not know of."""
    lock_children(write, [request.child_id])
    shown = {row.id: row for row in accesses_shown(write, request.child_id, by, when.day)}
    row = shown.get(request.access_id)
    if row is None:
        raise NotFound(access_id=request.access_id)
    end_granted_access(row, by=by, when=when)
    _publish_family_projection(write, policy, row, when)


def _publish_family_projection(
    write: Write, policy: AccessPolicy, row: CarerAccess, when: Instant
) -> None:
    write.flush()
    targets = targets_at_linked_providers(write, [row.child_id], [FAMILY])
    publish_changes(write, policy, targets, when, quiet=True)
    if row.subject is not None and row.holder_home is not None:
        publish_cards(write, policy, [row.subject], when)


def _home_of_holder(write: Write, subject: str, name: str, when: Instant) -> str:
    """Return the household by which accesses reach this person; nobody else lives in it."""
    person = {"id": subject, "reference": f"access/{subject}", "name": name}
    insert = write.upsert_into(Guardian).values(person).on_conflict_do_nothing()
    if write.scalar(insert.returning(Guardian.id)):  # of whom is known, the name stays as it was
        index_guardian_name(write, subject, name)
    lock_adult(write, subject)  # two accesses taken at once are one home
    known = select(CarerAccess.holder_home).where(
        CarerAccess.subject == subject, CarerAccess.holder_home.is_not(None)
    )
    if (home := write.scalar(known.limit(1))) is not None:
        return home
    household_id = new_id()
    write.add(
        Household(id=household_id, reference=f"access/{household_id}", created_at=when.moment)
    )
    write.flush()
    write.add(HouseholdGuardian(household_id=household_id, guardian_id=subject))
    write.flush()
    return household_id


def _seal_access_content(row: CarerAccess, content: Content) -> None:
    row.content = vault.seal(row.child_id, sealed_place_of_access(row.id), content)
