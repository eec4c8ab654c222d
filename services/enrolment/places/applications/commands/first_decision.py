"""
First decision on an application, once the child's file is here.

It is taken again where a part of the file comes later, or said something else before.
"""

from collections.abc import Sequence

from services.enrolment.models import Application
from services.enrolment.models.places import is_family_application
from services.enrolment.places.admission.queries.child_file import (
    households_of_child,
    verdict_for_household,
)
from services.enrolment.places.admission.rules.allocation_order import ORDER
from services.enrolment.places.admission.rules.refusals import AGE, CONDITIONS, NOT_GUARDIAN
from services.enrolment.places.applications.queries.applicant_state import ApplicantState
from services.enrolment.places.giving.commands.group_admission import GroupAdmission
from shared.contracts.enrolment import place_conditions
from shared.contracts.enrolment.place_conditions import Verdict
from shared.contracts.enrolment.places.states import DECIDING
from shared.dates.clock import PARIS


def decide_new_application(
    admission: GroupAdmission, application: Application, state: ApplicantState | None = None
) -> None:
    """
    Decide by the child's file: guardian, age, conditions of the group, and order of arrival.

    Where nobody can say whether the child fulfils a condition, an agent decides. `state` is the
    child's, where the caller has read it.
    """
    with admission.write.no_autoflush:  # only the file is read: the application is written once
        known = _note_asking_household(admission, application, state.homes if state else None)
        verdict = _verdict_or_exception(admission, application, state) if known else None
    if verdict is None:
        admission.refuse(application, NOT_GUARDIAN)
        return
    if place_conditions.AGE in verdict.unmet:
        admission.refuse(application, AGE)
    elif verdict.unmet:
        admission.refuse(application, CONDITIONS, verdict.unmet)
    elif admission.activity.allocation == ORDER and not verdict.unknown:
        admission.give_or_list(application)
    else:
        application.state = DECIDING
        admission.changed_children.add(application.child_id)


def _note_asking_household(
    admission: GroupAdmission, application: Application, homes: Sequence[str] | None
) -> bool:
    """Note the household that asks; where an agent entered it, the child's, if it has one only."""
    by_family = is_family_application(application)
    if homes is None:
        subject = application.subject if by_family else None
        homes = households_of_child(admission.write, application.child_id, subject)
    if by_family or len(homes) == 1:
        application.household_id = homes[0] if homes else None
    return bool(homes) or not by_family


def _verdict_or_exception(
    admission: GroupAdmission, application: Application, state: ApplicantState | None
) -> Verdict:
    """Return the verdict on the child's file, or none where an agent made an exception."""
    if application.exception:
        return Verdict()
    return verdict_for_household(
        admission.write,
        admission.activity,
        admission.group,
        application.child_id,
        application.household_id,
        admission.now.astimezone(PARIS).date(),
        {application.child_id: state.born} if state else None,
        first_day=application.from_day,
    )
