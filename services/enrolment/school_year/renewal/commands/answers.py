"""
A family's answer to one line: confirmed, declined, or a « no » taken back.

Each answer is sent alone. The first « yes » of a household with the place counts; a repeated
answer, or the other parent's, is idempotent.
"""

from dataclasses import dataclass
from datetime import datetime

from services.enrolment.bookings.commands.week_pattern import weekdays_as_stored
from services.enrolment.families.queries.guardians import households_of_guardian
from services.enrolment.families.queries.shielding import hidden_homes, is_place_hidden
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.models import Application, Place, Renewal, RenewalCampaign
from services.enrolment.models.school_year.renewal import CLOSED, UNANSWERED
from services.enrolment.offer.rules.calendar import school_year_days
from services.enrolment.places.admission.queries.child_file import households_of_child
from services.enrolment.places.admission.queries.live_applications import live_application
from services.enrolment.places.admission.rules.allowed_actions import OVER
from services.enrolment.places.giving.commands.group_admission import (
    GroupAdmission,
    lock_group_admissions,
)
from services.enrolment.places.placing.commands import placing
from services.enrolment.school_year.renewal.commands.next_year_requests import (
    add_request_for_next_year,
)
from services.enrolment.school_year.renewal.queries.next_year_request_content import (
    sole_household_of_child,
    weekdays_of_next_year,
)
from services.enrolment.school_year.renewal.rules.states import (
    households_with_place,
    is_answer_in_time,
    kept_until_after_no,
    state_of_renewal_line,
)
from shared.contracts.enrolment.places.family_acts import TooLate
from shared.contracts.enrolment.places.states import OFFERED
from shared.contracts.enrolment.school_year.renewals import (
    CONFIRM,
    CONFIRMED,
    DECLINE,
    DECLINED,
    AnswerRenewalAnswer,
    AnswerRenewalRequest,
)
from shared.contracts.errors import NotFound
from shared.database import Write


@dataclass
class Line:
    """One line under the locks of its groups, with next year's request where there is one."""

    admission: GroupAdmission
    row: Renewal
    campaign: RenewalCampaign
    order_time: OrderTime
    subject: str

    @property
    def request(self) -> Application | None:
        application_id = self.row.application_id
        return self.admission.write.get(Application, application_id) if application_id else None

    @property
    def state(self) -> str:
        request = self.request
        return state_of_renewal_line(
            self.row.answer,
            request.state if request else None,
            proposed=True,
            closed=self.campaign.state == CLOSED,
        )

    def confirm(self, weekdays: str | None) -> None:
        """Give the kept place, or a free one; else put the request on the waiting list."""
        request = self.request
        if request is not None and request.state not in OVER and request.state != OFFERED:
            self._note_answer(CONFIRMED)  # given already, or on the list
            return
        self._refuse_late_answer()
        own = live_application(self.admission.write, self.row.child_id, self.admission.group.id)
        if own is None:
            own = add_request_for_next_year(self.admission, self.row, self.subject, weekdays)
            self.admission.give_or_list(own)
        elif own.state == OFFERED:
            own.weekdays = self._weekdays_to_book(weekdays)
            own.household_id = sole_household_of_child(
                self.admission.write, self.row.household_id, self.row.child_id
            )
            self.admission.accept(own)
        self.row.application_id = own.id
        self._note_answer(CONFIRMED)

    def decline(self) -> None:
        """Release next year's place; a place that was only kept stays for an hour more."""
        if self.row.answer == DECLINED:
            return
        self._refuse_late_answer()
        request = self.request
        if request is not None and request.state == OFFERED:
            request.answer_until = kept_until_after_no(self.order_time.now, self.campaign.closes_at)
        elif request is not None and request.state not in OVER:
            self.admission.withdraw(request)
        self._note_answer(DECLINED)

    def undo(self) -> None:
        """Take a « no » back: the place is kept again, if it is still there."""
        if self.row.answer != DECLINED:
            return
        self._refuse_late_answer()
        request, until = self.request, self.campaign.closes_at
        if request is not None and request.state == OFFERED:
            request.answer_until = until
        else:
            self.row.application_id = None
            if self.campaign.keeps and self.admission.room.has_places_left:
                self.admission.keep_place(
                    add_request_for_next_year(self.admission, self.row, self.subject), until
                )
        self.row.answer, self.row.subject, self.row.answered_at = UNANSWERED, None, None

    def _weekdays_to_book(self, weekdays: str | None) -> str:
        return weekdays_of_next_year(
            self.admission.write, self.row, self.admission.group, self.admission.activity, weekdays
        )

    def _refuse_late_answer(self) -> None:
        if not is_answer_in_time(self.order_time.ordered, self.campaign.closes_at):
            raise TooLate(until=self.campaign.closes_at.isoformat())

    def _note_answer(self, answer: str) -> None:
        if self.row.answer != answer:
            self.row.answer, self.row.subject = answer, self.subject
            self.row.answered_at = self.order_time.ordered
        end_place_with_year(self.admission.write, self.row, self.campaign, self.order_time.now)


def answer_renewal(
    write: Write, request: AnswerRenewalRequest, subject: str, order_time: OrderTime
) -> AnswerRenewalAnswer:
    """Take one answer; raises NotFound for another's line, TooLate after the deadline."""
    row = _require_line_of_family(write, request, subject)
    groups = [row.from_group_id, str(row.group_id)]
    with lock_group_admissions(write, groups, order_time.now) as admissions:
        write.refresh(row)
        campaign = write.get_one(RenewalCampaign, row.campaign_id)
        admission = admissions[str(row.group_id)]
        admission.changed_children.add(row.child_id)
        line = Line(admission, row, campaign, order_time, subject)
        if request.answer == CONFIRM:
            line.confirm(_chosen_weekdays(request))
        elif request.answer == DECLINE:
            line.decline()
        else:
            line.undo()
        write.flush()
    return AnswerRenewalAnswer(line.state)


def end_place_with_year(
    write: Write, row: Renewal, campaign: RenewalCampaign, now: datetime
) -> None:
    """End this year's place with its school year."""
    place = write.get(Place, row.place_id)
    if place is not None:
        placing.end_place(write, place, school_year_days(campaign.from_year)[1], now)


def _chosen_weekdays(request: AnswerRenewalRequest) -> str | None:
    """Return the days asked for, "" for no fixed day; None for those of this year."""
    if request.no_fixed_day:
        return ""
    return weekdays_as_stored(request.weekdays) or None


def _require_line_of_family(write: Write, request: AnswerRenewalRequest, subject: str) -> Renewal:
    """Return the line; only a guardian of a household with the place may answer."""
    households = households_of_guardian(write, subject, request.child_id)
    row = write.get(Renewal, request.renewal_id)
    if row is None or row.child_id != request.child_id or row.group_id is None:
        raise NotFound
    homes = households_of_child(write, request.child_id)
    hidden = hidden_homes(write, [row.child_id], households).get(row.child_id, ())
    not_theirs = households.isdisjoint(households_with_place(row.household_id, homes))
    if not_theirs or is_place_hidden(row.household_id, hidden):
        raise NotFound
    return row
