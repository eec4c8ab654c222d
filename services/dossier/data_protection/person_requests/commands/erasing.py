"""Erasure that an agent grants to who asked, by the way of the retention, with the same proof."""

from services.dossier.activity_history.commands.history import delete_activity_history
from services.dossier.data_protection.person_requests.commands.sealed_requests import (
    lock_request,
    note_act,
    refuse_closed_request,
)
from services.dossier.data_protection.person_requests.queries.erasable_parts import (
    children_of_erasure,
    erasable_file,
    requests_of_other_homes,
    stored_sections_of_part,
)
from services.dossier.data_protection.retention.commands import erase_sections
from services.dossier.data_protection.retention.rules import Due
from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child
from services.dossier.models import PersonRequest
from services.dossier.sections.rules.projections import affected_projections
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.dossier.data_protection.erasures import ASKED_BY_PERSON
from shared.contracts.dossier.data_protection.person_requests import ASKED, ERASED, NOT_PROVEN
from shared.contracts.dossier.data_protection.request_erasures import (
    COURSE,
    ErasePartsRequest,
    text_of_erasure,
)
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.dates.instant import Instant
from shared.register import Register


def erase_parts_of_file(
    write: Write, register: Register, asked: ErasePartsRequest, *, by: str, when: Instant
) -> list[str]:
    """
    Erase these parts of a child's file, all or none; return those in which anything stood.

    Judged again under the locks: a service may have got the child meanwhile, the other home have
    withdrawn what it asked. Who asked there reads what went, too. Raises NotFound, RequestClosed,
    BadRequest.
    """
    row, agreeing = _lock_child_and_requests(write, asked, when)
    if row.proof == ASKED:
        raise BadRequest(errors={NOT_PROVEN: ["who it is was asked for and not proven"]})
    if asked.child_id not in children_of_erasure(write, row, when):
        raise NotFound(child_id=asked.child_id)
    file = erasable_file(write, register, row, asked.child_id, when, agreeing=agreeing)
    chosen = [each for each in file["parts"] if each["part"] in asked.parts]
    if refused := {each["part"]: [each["kept"]] for each in chosen if each["kept"]}:
        raise BadRequest(errors=refused)
    parts = [each["part"] for each in chosen]
    if parts:
        said = text_of_erasure(file["name"], parts)
        _erase_parts(write, register, asked.child_id, parts, when)
        for each in (row, *agreeing):
            note_act(write, each, ERASED, by=by, when=when, text=said)
    return parts


def _lock_child_and_requests(
    write: Write, asked: ErasePartsRequest, when: Instant
) -> tuple[PersonRequest, list[PersonRequest]]:
    """
    Return the open request and those of the other home, locked in order of id; raises.

    The child first, with files joined to it just now: an agreement that comes while it is waited
    for is read after that. What is not locked here counts for nothing, it may be withdrawn.
    """
    lock_children(write, [asked.child_id])
    lock_children(write, all_ids_of_child(write, asked.child_id))
    row = write.get(PersonRequest, asked.person_request_id)
    if row is None:
        raise NotFound(person_request_id=asked.person_request_id)
    agreeing = requests_of_other_homes(write, row, asked.child_id, when)
    locked = sorted({row.id, *(each.id for each in agreeing)})
    for request_id in locked:
        lock_request(write, request_id)
    refuse_closed_request(row)
    agreeing = requests_of_other_homes(write, row, asked.child_id, when)
    return row, [each for each in agreeing if each.id in locked]


def _erase_parts(
    write: Write, register: Register, child_id: str, parts: list[str], when: Instant
) -> None:
    """Erase parts of a locked file, and of those joined to it; services learn what is left."""
    policy, files = AccessPolicy.from_register(register), all_ids_of_child(write, child_id)
    due = [
        Due(file, part, ASKED_BY_PERSON, when.day)
        for part in parts
        if part != COURSE
        for file in stored_sections_of_part(write, files, part)
    ]
    if COURSE in parts:
        delete_activity_history(write, child_id, when)
    erase_sections(write, policy, due, when)
    changed = {projection for part in parts for projection in affected_projections(part)}
    targets = targets_at_linked_providers(write, [child_id], sorted(changed))
    publish_changes(write, policy, targets, when)
