"""
Rulings on adults to whom a child is not handed over, entered at a desk from a paper (rule R7).

They stand in the section `custody`, sealed; who did what is its history. What changes is published
to providers quietly: no family is shown that anything was sent, or looked at.
"""

from services.dossier.households.queries.ids_of_joined_files import refuse_joined_file
from services.dossier.safeguarding.queries.rulings import rulings_in_section
from services.dossier.safeguarding.rules.acts_between_ruling_versions import is_ruling_over
from services.dossier.sections.commands import refuse_outdated_version, store_section
from services.dossier.sections.queries import CUSTODY, require_named_child
from services.dossier.sections.rules.projections import Content, affected_projections
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.dossier.families.safeguarding import (
    BarAdultRequest,
    LiftRulingRequest,
    OfRuling,
    OfRulings,
)
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.sections.adults.barred_adults import MOST_BARRED
from shared.database import Write
from shared.dates.instant import Instant


def bar_adult(
    write: Write, policy: AccessPolicy, request: BarAdultRequest, *, by: str, when: Instant
) -> int:
    """Enter a ruling; return the section's version. Raises NotFound, Outdated, BadRequest."""
    listed = _lock_child_and_read_rulings(write, request)
    if request.valid_to is not None and request.valid_to < request.valid_from:
        raise BadRequest(errors={"valid_to": ["before valid_from"]})
    while len(listed) >= MOST_BARRED and (
        over := [one for one in listed if is_ruling_over(one, when)]
    ):
        listed.remove(over[0])
    if len(listed) >= MOST_BARRED:
        raise BadRequest(errors={"name": [f"{MOST_BARRED} at most"]})
    entered = {
        "name": request.name,
        "paper_kind": request.paper,
        "paper_date": request.paper_date.isoformat(),
        "valid_from": request.valid_from.isoformat(),
        "valid_to": request.valid_to.isoformat() if request.valid_to else None,
        "recorded_by": by,
    }
    return _store_rulings(write, policy, request.child_id, [*listed, entered], by=by, when=when)


def note_second_agent_saw_paper(
    write: Write, policy: AccessPolicy, request: OfRuling, *, by: str, when: Instant
) -> int:
    """Note that a second agent saw the paper; raises BadRequest for who entered the ruling."""
    listed = _lock_child_and_read_rulings(write, request)
    ruling = _ruling_by_number(listed, request.number)
    if ruling.get("recorded_by") == by:
        raise BadRequest(errors={"number": ["another agent's"]})
    ruling["seconded_by"] = by
    return _store_rulings(write, policy, request.child_id, listed, by=by, when=when)


def lift_ruling(
    write: Write, policy: AccessPolicy, request: LiftRulingRequest, *, by: str, when: Instant
) -> int:
    """Give a ruling its last day, from a paper; before its first day it is taken out."""
    listed = _lock_child_and_read_rulings(write, request)
    ruling = _ruling_by_number(listed, request.number)
    if request.last_day.isoformat() < ruling["valid_from"]:
        listed.remove(ruling)
    else:
        ruling["valid_to"] = request.last_day.isoformat()
        ruling["lift_paper"] = request.paper
        ruling["lift_paper_date"] = request.paper_date.isoformat()
    return _store_rulings(write, policy, request.child_id, listed, by=by, when=when)


def _store_rulings(
    write: Write,
    policy: AccessPolicy,
    child_id: str,
    listed: list[Content],
    *,
    by: str,
    when: Instant,
) -> int:
    version = store_section(write, child_id, CUSTODY, {"barred": listed}, by=by, when=when)
    publish_changes(
        write,
        policy,
        targets_at_linked_providers(write, [child_id], affected_projections(CUSTODY)),
        when,
        quiet=True,
    )
    return version


def _lock_child_and_read_rulings(write: Write, request: OfRulings) -> list[Content]:
    """Hold the child; return its rulings as they stand, to be changed."""
    lock_children(write, [request.child_id])
    refuse_joined_file(write, request.child_id)
    require_named_child(write, request.child_id)
    refuse_outdated_version(write, request.child_id, CUSTODY, request.base_version)
    return rulings_in_section(write, request.child_id)


def _ruling_by_number(listed: list[Content], number: int) -> Content:
    if not 0 <= number < len(listed):
        raise NotFound(number=number)
    return listed[number]
