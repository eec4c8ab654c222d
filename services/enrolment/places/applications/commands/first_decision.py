"""First decision on an application, once the child's file is here."""

from services.enrolment.models import Application
from services.enrolment.models.places import is_family_application
from services.enrolment.places.admission.queries.child_file import households_of_child, is_of_age
from services.enrolment.places.admission.rules.allocation import ORDER
from services.enrolment.places.admission.rules.refusals import AGE, NOT_GUARDIAN
from services.enrolment.places.giving.commands.group_admission import GroupAdmission
from shared.contracts.enrolment.places import DECIDING


def decide_first(admission: GroupAdmission, application: Application) -> None:
    """Decide by the child's file: guardian, age, and order of arrival."""
    if not _note_household(admission, application):
        admission.refuse(application, NOT_GUARDIAN)
    elif not is_of_age(admission.write, application.child_id, admission.group):
        admission.refuse(application, AGE)
    elif admission.activity.allocation == ORDER:
        admission.give_or_list(application)
    else:
        application.state = DECIDING
        admission.changed_children.add(application.child_id)


def _note_household(admission: GroupAdmission, application: Application) -> bool:
    """Note the household that asks; where an agent entered it, the child's, if it has one only."""
    by_family = is_family_application(application)
    subject = application.subject if by_family else None
    households = households_of_child(admission.write, application.child_id, subject)
    if by_family or len(households) == 1:
        application.household_id = households[0] if households else None
    return bool(households) or not by_family
