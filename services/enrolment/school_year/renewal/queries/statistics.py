"""Statistics of a campaign for the director: answers by group, and day by day."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Activity, Application, Group, Renewal, RenewalCampaign
from services.enrolment.models.school_year.renewal import CLOSED, UNANSWERED
from services.enrolment.places.applications.queries import desk_lists
from services.enrolment.school_year.renewal.queries.places_to_ask import places_to_ask
from services.enrolment.school_year.renewal.rules.states import state_of_renewal_line
from shared.contracts.enrolment.school_year.renewals import ASKED, DECLINED
from shared.dates.clock import PARIS
from shared.text import folded


@dataclass(frozen=True)
class GroupCount:
    """A group of this year and how many of its children are in each state."""

    activity: str
    group: str
    states: Counter[str]

    @property
    def count_places_asked(self) -> int:
        return self.states.total()


@dataclass(frozen=True)
class DayCount:
    """Number of answers on one day."""

    day: date
    confirmed: int
    declined: int


@dataclass(frozen=True)
class Movement:
    """Number of children of a group who would go on into another one, and why; None: into none."""

    activity: str
    group: str
    following: str | None
    why: str
    children: int
    places: int | None


@dataclass(frozen=True)
class ToRemind:
    """A child whose family has not answered, as the desk calls it."""

    name: str
    activity: str
    group: str


@dataclass(frozen=True)
class Counts:
    """All that is read of one campaign."""

    groups: Sequence[GroupCount] = ()
    days: Sequence[DayCount] = ()
    states: Counter[str] = field(default_factory=Counter)

    @property
    def count_places_asked(self) -> int:
        return self.states.total()


def counts_of_campaign(read: Database, campaign: RenewalCampaign) -> Counts:
    """Return the numbers of a campaign."""
    by_group: dict[tuple[str, str, str], Counter[str]] = {}
    answered: dict[date, Counter[str]] = {}
    for line, request, group, activity in _lines_with_requests(read, campaign.id):
        state = _line_state(campaign, line, request)
        by_group.setdefault((activity.label, group.label, group.id), Counter())[state] += 1
        if line.answered_at is not None and line.answer != UNANSWERED:
            day = line.answered_at.astimezone(PARIS).date()
            answered.setdefault(day, Counter())[line.answer] += 1
    groups = [
        GroupCount(activity, group, states)
        for (activity, group, _), states in sorted(by_group.items())
    ]
    days = [_answers_of_day(day, answers) for day, answers in sorted(answered.items())]
    return Counts(groups, days, sum((group_count.states for group_count in groups), Counter()))


def children_to_remind(read: Database, campaign: RenewalCampaign) -> list[ToRemind]:
    """Return the children whose families have not answered, by name."""
    waiting = [
        (line, group, activity)
        for line, request, group, activity in _lines_with_requests(read, campaign.id)
        if _line_state(campaign, line, request) == ASKED
    ]
    names = desk_lists.names_on_one_desk_list(read, {line.child_id for line, _, _ in waiting})
    children = [
        ToRemind(names.get(line.child_id, ""), activity.label, group.label)
        for line, group, activity in waiting
    ]
    return sorted(
        children, key=lambda child: (child.name == "", folded(child.name), child.activity)
    )


def movements_between_groups(read: Database, campaign_id: str, today: date) -> list[Movement]:
    """Return, before a campaign is opened, the movements between groups."""
    moves = Counter(
        (item.place.group_id, item.proposed.group_id, item.proposed.why)
        for item in places_to_ask(read, campaign_id, today)
    )
    ids = {group_id for former, following, _ in moves for group_id in (former, following)}
    query = select(Group, Activity.label).join(Activity, Activity.id == Group.activity_id)
    known = {
        group.id: (group, label)
        for group, label in read.execute(query.where(Group.id.in_([item for item in ids if item])))
    }
    result = [
        Movement(
            known[former][1],
            known[former][0].label,
            known[following][0].label if following else None,
            why,
            count,
            known[following][0].places if following else None,
        )
        for (former, following, why), count in moves.items()
    ]
    return sorted(result, key=lambda item: (item.activity, item.group, item.following or ""))


def _lines_with_requests(
    read: Database, campaign_id: str
) -> Sequence[tuple[Renewal, str | None, Group, Activity]]:
    return read.execute(
        select(Renewal, Application.state, Group, Activity)
        .join(Group, Group.id == Renewal.from_group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .outerjoin(Application, Application.id == Renewal.application_id)
        .where(Renewal.campaign_id == campaign_id)
        .order_by(Renewal.id)
    ).all()


def _line_state(campaign: RenewalCampaign, line: Renewal, request: str | None) -> str:
    proposed, closed = line.group_id is not None, campaign.state == CLOSED
    return state_of_renewal_line(line.answer, request, proposed=proposed, closed=closed)


def _answers_of_day(day: date, answers: Counter[str]) -> DayCount:
    declined = answers[DECLINED]
    return DayCount(day, answers.total() - declined, declined)
