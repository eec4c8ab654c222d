"""Release of a place that was kept for next year and not taken in time."""

from sqlalchemy import select

from services.enrolment.models import Application, Renewal
from services.enrolment.places.giving.commands.group_admission import GroupAdmission
from services.enrolment.school_year.renewal.commands.notices import RELEASED
from shared.contracts.enrolment.school_year.renewals import CONFIRMED, DECLINED


def release_kept_place(admission: GroupAdmission, application: Application) -> None:
    """
    Release a kept place; it is offered to the next on the list.

    Notifies the household only if it did not answer; a refusal needs no notice.
    """
    answers = select(Renewal.answer).where(Renewal.application_id == application.id)
    answer = admission.write.scalar(answers)
    if answer == DECLINED:
        admission.withdraw(application)
    elif answer in (None, CONFIRMED):
        admission.expire(application)  # it was waited for and offered as to anybody
    else:
        admission.expire(application, RELEASED)
