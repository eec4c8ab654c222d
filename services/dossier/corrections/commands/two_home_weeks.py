"""
Corrects where a child lives and whose days are whose: today, or when its day comes.

Weeks have no history of their own: what they were, and are from then on, is sealed with the
correction. Providers receive them with the child's household of the day (projection `family`).
"""

from typing import Any

from services.dossier.corrections.commands.section_corrections import (
    birth_date_of,
    lock_named_child,
    new_correction,
    publish_corrected_children,
    refuse_second_waiting,
    seal_correction_content,
)
from services.dossier.corrections.queries.home_names import (
    homes_answering_for_child,
    names_of_homes,
    possible_homes_of_child,
)
from services.dossier.corrections.rules.dates_and_contents import (
    check_correction_dates,
    check_homes,
    fields_of_weeks,
    refuse_unchanged_correction,
)
from services.dossier.households.commands.two_home_weeks import (
    store_homes_of_child,
    store_weeks_of_child,
)
from services.dossier.households.queries.guardianships import OF_HOMES, homes_of_child
from services.dossier.households.queries.two_home_weeks import weeks_by_child
from services.dossier.models import Correction
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import vault
from shared.contracts.dossier.corrections import WEEKS, CorrectWeeksRequest
from shared.contracts.dossier.two_home_weeks import ChildWeeks, weeks_in_one_home
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.instant import Instant


def correct_weeks(
    write: Write, policy: AccessPolicy, request: CorrectWeeksRequest, *, by: str, when: Instant
) -> str:
    """Correct a child's weeks; return the correction's id. Raises as the contract says."""
    child = lock_named_child(write, request.child_id)
    check_correction_dates(request, birth_date_of(child), when.day)
    possible = possible_homes_of_child(write, request.child_id, request.holds_from)
    check_homes(
        request.weeks,
        possible,
        homes_answering_for_child(write, request.child_id, request.holds_from),
    )
    before = present_weeks_as_shown(write, request.child_id, when)
    after = fields_of_weeks(request.weeks, possible)
    refuse_unchanged_correction(before, after)
    refuse_second_waiting(write, [request.child_id], WEEKS)
    row = new_correction(request, request.child_id, WEEKS, by=by, when=when)
    seal_weeks(row, request.weeks, before, after)
    write.add(row)
    if request.holds_from <= when.day:
        apply_weeks(write, policy, row, request.weeks, when)
    write.flush()
    return row.id


def apply_due_weeks(
    write: Write, policy: AccessPolicy, row: Correction, content: Any, when: Instant
) -> None:
    """Store weeks whose day has come; withdraw them where these are its homes no more by then."""
    weeks: ChildWeeks = content["weeks"]
    try:
        possible = possible_homes_of_child(write, row.child_id, when.day)
        check_homes(weeks, possible, homes_answering_for_child(write, row.child_id, when.day))
    except BadRequest:
        row.withdrawn_at, row.withdrawn_by, row.content = when.moment, row.recorded_by, None
        return
    apply_weeks(write, policy, row, weeks, when)


def apply_weeks(
    write: Write, policy: AccessPolicy, row: Correction, weeks: ChildWeeks, when: Instant
) -> None:
    """Store a child's homes and weeks from the day of their correction on, and publish them."""
    former = homes_of_child(write, row.child_id)
    store_homes_of_child(write, row.child_id, {weeks["even"], weeks["odd"]})
    store_weeks_of_child(write, row.child_id, weeks, row.holds_from)
    row.applied_at = when.moment
    publish_corrected_children(write, policy, [row], OF_HOMES, when, quiet=True, homes=former)


def seal_weeks(
    row: Correction, weeks: ChildWeeks, before: dict[str, str], after: dict[str, str]
) -> None:
    """Seal weeks in the row of their correction, beside what was and is shown of them."""
    vault.prepare_keys([row.child_id])
    seal_correction_content(row, {"weeks": weeks, "before": before, "after": after})


def present_weeks_as_shown(write: Write, child_id: str, when: Instant) -> dict[str, str]:
    """Return the weeks of a child as they are shown now; none for two homes that agreed none."""
    names = names_of_homes(write, child_id, when.day)
    weeks = weeks_by_child(write, [child_id]).get(child_id)
    if weeks is None and len(names) == 1:
        weeks = weeks_in_one_home(next(iter(names)))
    return fields_of_weeks(weeks, names) if weeks else {}
