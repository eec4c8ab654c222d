"""
Gives parental authority to a guardian of a child, or takes it, from a day on.

Guardianships are dated: the period is cut at that day, and the day's turn publishes what begins.
"""

from datetime import date, timedelta

from sqlalchemy import select

from services.dossier.corrections.commands.section_corrections import (
    birth_date_of,
    corrections_of_act,
    lock_named_child,
    new_correction,
    publish_corrected_children,
)
from services.dossier.corrections.rules.dates_and_contents import check_correction_dates
from services.dossier.households.queries.guardianships import authority_conditions
from services.dossier.models import Correction, Guardianship
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.dossier.corrections import (
    AUTHORITY,
    SECONDED,
    CorrectAuthorityRequest,
    NobodyLeft,
    NothingCorrected,
)
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.instant import Instant
from shared.dates.periods import next_change_of_period
from shared.register.entitlement import FAMILY
from shared.runtime.ids import new_id


def correct_authority(
    write: Write, policy: AccessPolicy, request: CorrectAuthorityRequest, *, by: str, when: Instant
) -> str:
    """Correct a guardian's authority; return the correction's id. Raises as the contract says."""
    child = lock_named_child(write, request.child_id)
    check_correction_dates(request, birth_date_of(child), when.day)
    periods = _guardianship_periods_from(write, request)
    if not periods:
        raise NotFound(guardian_id=request.guardian_id)
    if all(each.authority == request.authority for each in periods):
        raise NothingCorrected
    guardian_id = request.guardian_id
    row = new_correction(
        request, request.child_id, AUTHORITY, by=by, when=when, guardian_id=guardian_id
    )
    row.authority, row.applied_at = request.authority, when.moment
    for each in periods:
        set_authority(write, each, row, authority=request.authority, when=when)
    write.flush()
    if not request.authority:
        _refuse_child_without_authority(write, request.child_id, max(request.holds_from, when.day))
    write.add(row)
    publish_corrected_children(write, policy, [row], [FAMILY], when, quiet=True)
    return row.id


def set_authority(
    write: Write, row: Guardianship, correction: Correction, *, authority: bool, when: Instant
) -> None:
    """
    Let the authority of a period be this from the correction's day on.

    The period is cut where that day lies inside.
    """
    if row.authority == authority:
        return
    if row.valid_from >= correction.holds_from:
        row.authority = authority
        return
    last = row.valid_to
    row.valid_to = correction.holds_from - timedelta(days=1)
    row.turns_on = next_change_of_period(row.valid_from, row.valid_to, when.day)
    write.flush()  # the shorter period first: two of a pair never overlap
    write.add(
        Guardianship(
            id=new_id(),
            child_id=row.child_id,
            guardian_id=row.guardian_id,
            authority=authority,
            valid_from=correction.holds_from,
            valid_to=last,
            turns_on=next_change_of_period(correction.holds_from, last, when.day),
            link_checked_on=row.link_checked_on,
            paper=correction.paper,
            paper_date=correction.paper_date,
        )
    )


def note_second_agent_saw_paper(
    write: Write, correction_id: str, *, by: str, when: Instant
) -> None:
    """Note that a second agent saw an act's paper; raises NotFound, BadRequest for the first."""
    row = write.get(Correction, correction_id, with_for_update=True)
    if row is None or row.subject not in SECONDED or row.seconded_by is not None:
        raise NotFound(correction_id=correction_id)
    if row.recorded_by == by:
        raise BadRequest(errors={"correction_id": ["another agent's"]})
    for each in corrections_of_act(write, row.act_id):
        each.seconded_by, each.seconded_at = by, when.moment


def _guardianship_periods_from(
    write: Write, request: CorrectAuthorityRequest
) -> list[Guardianship]:
    """Return the guardian's periods over the child, placements left out, that reach that day."""
    rows = select(Guardianship).where(
        Guardianship.child_id == request.child_id,
        Guardianship.guardian_id == request.guardian_id,
        Guardianship.carer_in.is_(None),
        not_ended_before_condition(Guardianship.valid_to, request.holds_from),
    )
    return list(write.scalars(rows.order_by(Guardianship.valid_from)))


def _refuse_child_without_authority(write: Write, child_id: str, day: date) -> None:
    left = select(Guardianship.id).where(
        Guardianship.child_id == child_id, *authority_conditions(day)
    )
    if write.scalar(left.limit(1)) is None:
        raise NobodyLeft(child_id=child_id)
