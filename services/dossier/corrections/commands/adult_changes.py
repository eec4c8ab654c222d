"""
Records what changes of the adults of a household: a name, who comes, who goes, who died.

One act at the desk is a correction of each child concerned, sealed with that child's key. What
holds today is done in the act; what holds later is done when its day comes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from services.dossier.corrections.commands.applied_adult_changes import apply_adult_change
from services.dossier.corrections.commands.deceased_in_contact_lists import (
    take_deceased_off_contact_lists,
)
from services.dossier.corrections.commands.section_corrections import (
    corrections_of_act,
    new_correction,
    publish_corrected_children,
    refuse_second_waiting,
    seal_correction_content,
)
from services.dossier.corrections.queries import adults as adults_queries
from services.dossier.corrections.queries.corrections import unsealed_correction_content
from services.dossier.corrections.queries.known_adults import adult_who_may_come
from services.dossier.corrections.rules.dates_and_contents import check_days_of_adult
from services.dossier.households.queries.guardianships import children_living_in
from services.dossier.households.queries.protection import protected_households_among
from services.dossier.households.queries.separated_guardians import guardian_has_left
from services.dossier.models import Correction, Guardian
from services.dossier.sections.rules.projections import Content
from services.dossier.sharing.guardian_cards.commands import publish_cards
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    lock_home,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import vault
from shared.contracts.dossier.corrections import (
    GUARDIAN_COMES,
    GUARDIAN_DIED,
    GUARDIAN_LEAVES,
    GUARDIAN_NAME,
    FromPaper,
    NothingCorrected,
)
from shared.contracts.dossier.families.household_adults import (
    AddGuardianRequest,
    CorrectGuardianNameRequest,
    EndGuardianshipRequest,
    HomeLeftEmpty,
    NoteDeathRequest,
)
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.instant import Instant
from shared.register.entitlement import FAMILY
from shared.runtime.ids import new_id
from shared.runtime.logs import log
from shared.text import folded


@dataclass(frozen=True)
class Change:
    """
    Change of one adult, as an agent records it for some children; each row seals `content`.

    `before`: what was so of the adult for each child, where it differs between them.
    """

    subject: str
    guardian_id: str
    children: Collection[str]
    content: Content
    before: Mapping[str, Content] = field(default_factory=dict)


def correct_name(
    write: Write,
    policy: AccessPolicy,
    request: CorrectGuardianNameRequest,
    *,
    by: str,
    when: Instant,
) -> None:
    """Give an adult another name from a day on. Raises as the contract says."""
    _lock_home_and_adult(write, request.household_id, request.guardian_id)
    adult = adults_queries.adult_of_household(write, request.household_id, request.guardian_id)
    check_days_of_adult(request, when.day)
    if request.name == adult.name:
        raise NothingCorrected
    children = adults_queries.children_of_adult(write, adult.id)
    content = {
        "name": request.name,
        "before": adult.name,
        "household_id": request.household_id,
    }
    change = Change(GUARDIAN_NAME, adult.id, children, content)
    _record_adult_change(write, policy, request, change, by=by, when=when)


def add_guardian(
    write: Write,
    policy: AccessPolicy,
    request: AddGuardianRequest,
    *,
    by: str,
    protects: bool,
    when: Instant,
) -> None:
    """
    Let an adult answer for children from a day on. Raises as the contract says.

    Who answers already may get authority, move in, or have a home where they live nowhere: the desk
    finds them by it.
    """
    check_days_of_adult(request, when.day)
    household_id = request.household_id
    _lock_home_and_adult(write, household_id, request.guardian_id)
    if not set(request.children) <= set(children_living_in(write, household_id)):
        raise BadRequest(errors={"children": ["who lives there"]})
    guardian_id, name = new_id(), request.name
    if request.guardian_id is not None:
        adult = adult_who_may_come(write, household_id, request.guardian_id, protects=protects)
        guardian_id, name = adult.id, adult.name
        if guardian_has_left(write, household_id, guardian_id):
            raise BadRequest(errors={"guardian_id": ["separated from this home"]})
    before = _adult_before_arrival(write, request, guardian_id, name)
    content = {
        "name": name,
        "household_id": household_id,
        "authority": request.authority,
        "lives_here": request.lives_here,
    }
    change = Change(GUARDIAN_COMES, guardian_id, list(before), content, before)
    _record_adult_change(write, policy, request, change, by=by, when=when)


def end_guardianship(
    write: Write, policy: AccessPolicy, request: EndGuardianshipRequest, *, by: str, when: Instant
) -> None:
    """Let an adult go, or only move out, from a day on. Raises as the contract says."""
    household_id, guardian_id = request.household_id, request.guardian_id
    _lock_home_and_adult(write, household_id, guardian_id)
    adults_queries.adult_of_household(write, household_id, guardian_id)
    check_days_of_adult(request, when.day)
    answered = adults_queries.children_answered_for(
        write, household_id, guardian_id, request.holds_from
    )
    children = answered if request.still_answers else request.children
    if not set(children) <= set(answered) or (not request.still_answers and not children):
        raise BadRequest(errors={"children": ["for whom they answer"]})
    if request.still_answers and not (
        children and adults_queries.is_living_in_household(write, household_id, guardian_id)
    ):
        raise NothingCorrected
    content = {"household_id": household_id, "still_answers": request.still_answers}
    change = Change(GUARDIAN_LEAVES, guardian_id, children, content)
    _record_adult_change(write, policy, request, change, by=by, when=when)


def note_death(
    write: Write, policy: AccessPolicy, request: NoteDeathRequest, *, by: str, when: Instant
) -> None:
    """Note that an adult died. Raises as the contract says."""
    _lock_home_and_adult(write, request.household_id, request.guardian_id)
    adult = adults_queries.adult_of_household(write, request.household_id, request.guardian_id)
    check_days_of_adult(request, when.day, to_come=False)
    if adults_queries.has_died(write, adult.id):
        raise NothingCorrected
    children = adults_queries.children_of_adult(write, adult.id)
    content = {"household_id": request.household_id}
    change = Change(GUARDIAN_DIED, adult.id, children, content)
    _record_adult_change(write, policy, request, change, by=by, when=when)


def apply_due_adult_change(
    write: Write, policy: AccessPolicy, correction_id: str, when: Instant
) -> None:
    """
    Do what was recorded of an adult and whose day has come, unless it was withdrawn meanwhile.

    If by now a child would be left with nobody it waits a day more, and the log says so.
    """
    row = write.get(Correction, correction_id, with_for_update=True)
    if row is None or row.applied_at or row.withdrawn_at:
        return
    rows = corrections_of_act(write, row.act_id)
    lock_children(write, [each.child_id for each in rows])
    try:
        _refuse_empty_homes(write, rows, unsealed_correction_content(row), when)
    except HomeLeftEmpty as refusal:
        log("adult_change_waits", correction_id=row.id, child_id=refusal.detail["child_id"])
        for each in rows:
            each.holds_from = when.day + timedelta(days=1)
        return
    _apply_recorded_change(write, policy, rows, unsealed_correction_content(row), when)


def _lock_home_and_adult(write: Write, household_id: str, guardian_id: str | None) -> None:
    """
    Lock a household, an adult, and the children of both, before anything is decided of them.

    Of two desks the second one reads what the first one did.
    """
    if guardian_id is not None:
        lock_children(
            write,
            {
                *children_living_in(write, household_id),
                *adults_queries.children_of_adult(write, guardian_id),
            },
        )
    lock_home(write, household_id)
    if guardian_id is not None:
        write.get(Guardian, guardian_id, with_for_update=True)
        lock_children(write, adults_queries.children_of_adult(write, guardian_id))


def _adult_before_arrival(
    write: Write, request: AddGuardianRequest, guardian_id: str, name: str
) -> dict[str, Content]:
    """
    Return, for each child for whom an arrival changes something, what was so of the adult before.

    `authority` is None where they did not answer for it. All children, where the adult's home
    changes. Raises NothingCorrected for somebody new whose name is that of an adult who answers
    already, and BadRequest as `_refuse_arrival_that_takes_away` does.
    """
    day = request.holds_from
    answering = adults_queries.adults_answering_for(write, request.children, day)
    if any(each.id != guardian_id and folded(each.name) == folded(name) for each in answering):
        raise NothingCorrected
    before = adults_queries.authority_by_child_of_adult(write, guardian_id, request.children, day)
    homes = adults_queries.homes_of_adult(write, guardian_id)
    lives = request.household_id in homes
    _refuse_arrival_that_takes_away(write, request, before, lives=lives)
    settled = lives if request.lives_here else bool(homes)
    return {
        child_id: {"authority": before.get(child_id), "lives_here": lives}
        for child_id in request.children
        if not settled or child_id not in before or (request.authority and not before[child_id])
    }


def _refuse_arrival_that_takes_away(
    write: Write, request: AddGuardianRequest, before: Mapping[str, bool], *, lives: bool
) -> None:
    """
    Raise BadRequest for an arrival that would say less of an adult than is written.

    `lives`: the adult lives there now. Authority and home are taken by acts of their own. Into a
    protected home nobody moves who answers for a child of it and lives elsewhere: it may be
    protected from them (rule R9).
    """
    home, errors = request.household_id, {}
    if not request.authority and any(before.values()):
        errors["authority"] = ["is taken on the child's page"]
    if not request.lives_here and lives:
        errors["lives_here"] = ["lives there, and leaves by an act of its own"]
    if request.lives_here and before and not lives and protected_households_among(write, [home]):
        errors["lives_here"] = ["a protected home"]
    if errors:
        raise BadRequest(errors=errors)


def _record_adult_change(
    write: Write,
    policy: AccessPolicy,
    request: FromPaper,
    change: Change,
    *,
    by: str,
    when: Instant,
) -> None:
    lock_children(write, change.children)
    if not change.children:
        raise NothingCorrected
    vault.prepare_keys(change.children)
    rows = [
        new_correction(
            request, child_id, change.subject, by=by, when=when, guardian_id=change.guardian_id
        )
        for child_id in sorted(change.children)
    ]
    refuse_second_waiting(write, change.children, change.subject, change.guardian_id)
    for row in rows:
        row.act_id = rows[0].id
        before = change.before.get(row.child_id)
        seal_correction_content(row, change.content | ({"before": before} if before else {}))
    _refuse_empty_homes(write, rows, change.content, when)
    write.add_all(rows)
    write.flush()
    if request.holds_from <= when.day:
        _apply_recorded_change(write, policy, rows, change.content, when)


def _apply_recorded_change(
    write: Write,
    policy: AccessPolicy,
    rows: Sequence[Correction],
    content: Content,
    when: Instant,
) -> None:
    homes = apply_adult_change(write, rows, content, when)
    for row in rows:
        row.applied_at = when.moment
    write.flush()
    publish_corrected_children(write, policy, rows, [FAMILY], when, quiet=True, homes=homes)
    if rows[0].subject == GUARDIAN_DIED:
        name = write.get_one(Guardian, _adult_of_corrections(rows)).name
        by = rows[0].recorded_by
        take_deceased_off_contact_lists(
            write, policy, [row.child_id for row in rows], name, by=by, when=when
        )
    publish_cards(write, policy, [_adult_of_corrections(rows)], when)


def _refuse_empty_homes(
    write: Write, rows: Sequence[Correction], content: Content, when: Instant
) -> None:
    """
    Raise HomeLeftEmpty for a child with whom nobody who answers for it would live.

    Nobody chose a death: it is noted whoever is left, and the desk says for whom somebody has to
    come. Of a departure in the past today counts: that day may lie before the guardianships that
    are known.
    """
    subject, day = rows[0].subject, max(rows[0].holds_from, when.day)
    if subject != GUARDIAN_LEAVES:
        return
    leaving = adults_queries.Leaving(
        _adult_of_corrections(rows),
        content["household_id"] if content.get("still_answers") else None,
    )
    for row in rows:
        if adults_queries.is_child_left_alone(write, row.child_id, leaving, day):
            raise HomeLeftEmpty(child_id=row.child_id)


def _adult_of_corrections(rows: Sequence[Correction]) -> str:
    guardian_id = rows[0].guardian_id
    assert guardian_id is not None  # of every correction of an adult
    return guardian_id
