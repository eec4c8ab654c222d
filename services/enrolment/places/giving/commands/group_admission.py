"""
Giving places in one group: what each decision changes, under the lock of the group's row.

`GroupAdmission` exists while a group is locked. At the end the cards of the children whose rank or
place changed are marked, and the activity is published if the room that is left changed.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from services.enrolment.families.commands import notices
from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.families.queries.shielding import hidden_homes
from services.enrolment.live_changes import APPLICATIONS, note_change_for_open_pages
from services.enrolment.models import Activity, Application, Group
from services.enrolment.models.places import is_family_application
from services.enrolment.offer.commands import publishing
from services.enrolment.offer.commands.locks import lock_group_with_activity
from services.enrolment.offer.queries.group_capacity import (
    Room,
    first_day_with_room,
    room_of_group_from_tomorrow,
)
from services.enrolment.places.admission.queries.child_file import households_of_child
from services.enrolment.places.admission.queries.waiting_list import (
    Line,
    children_with_changed_rank,
    first_waiting_application,
    waiters_of_group,
    waiting_line_and_room_of_group,
)
from services.enrolment.places.admission.rules import allocation_order
from services.enrolment.places.admission.rules.allocation_order import ORDER
from services.enrolment.places.admission.rules.refusals import (
    AGE,
    CAPACITY,
    CLOSED,
    CONDITIONS,
)
from services.enrolment.places.giving.commands.places_replaced_by_fitting_one import (
    end_outgrown_places,
)
from services.enrolment.places.placing.commands import placing
from services.enrolment.places.placing.commands.activities_taken import mark_activities_of_children
from services.enrolment.places.placing.queries.places_and_activities import (
    codes_projections_depend_on,
    places_of_application,
)
from shared.contracts.enrolment.place_conditions import KINDS
from shared.contracts.enrolment.places.states import (
    ACCEPTED,
    EXPIRED,
    OFFERED,
    REFUSED,
    WAITING,
    WITHDRAWN,
)
from shared.database import Write
from shared.dates.clock import PARIS

ENDED_BY_PROVIDER = CLOSED
"""The reason of an application whose place the provider ended."""

LEFT_TO_DESK_FOR = timedelta(days=1)
"""
Time in which the clock offers nothing to a rank that came with others, of an import or of a
predecessor: an import may be undone meanwhile, and the places of the group may still be coming in.
"""


def is_left_to_desk(application: Application, now: datetime) -> bool:
    """Return whether a rank came so lately with others that the desk alone offers it a place."""
    until = application.left_to_desk_until
    return until is not None and now < until


@dataclass
class GroupAdmission:
    """
    A locked group while places are given.

    `changed_children`: children whose cards may change; `room_moved`: a place came or went;
    `rank_of_last`: the rank of an application that was put on the list behind all by its arrival;
    `without_former_place`: children who were seen to have no other place of this activity.
    """

    write: Write
    group: Group
    activity: Activity
    now: datetime
    changed_children: set[str] = field(default_factory=set)
    room_moved: bool = False
    rank_of_last: int | None = None
    without_former_place: set[str] = field(default_factory=set)

    @property
    def room(self) -> Room:
        """Return the room from tomorrow on."""
        return room_of_group_from_tomorrow(
            self.write, self.group, self.now.astimezone(PARIS).date()
        )

    def has_room_for(self, application: Application) -> bool:
        """Return whether a place could begin for this application."""
        return self._first_free_day(application) is not None

    @property
    def does_anybody_wait(self) -> bool:
        return first_waiting_application(self.write, self.group.id, self.activity) is not None

    def accept(self, application: Application, free: date | None = None) -> None:
        """Give the place; `free` is the first day with room for it, if that was just looked at."""
        self.room_moved = True
        application.state, application.answer_until = ACCEPTED, None
        application.decided_at = self.now
        placing.give_place(self.write, application, self.now, free=free)
        if application.child_id not in self.without_former_place:
            end_outgrown_places(self.write, [application.child_id], self.now)
        self._notify_of_decision(application, "place_given")

    def offer(self, application: Application) -> None:
        """Keep a place until the answer, or until the offer ends."""
        until = allocation_order.end_of_offer_made_at(self.now, self.activity.answer_days)
        self.room_moved = True
        application.state, application.answer_until = OFFERED, until
        application.decided_at = self.now
        self._notify_of_decision(application, "place_offered", until=until.isoformat())

    def keep_place(self, application: Application, until: datetime) -> None:
        """Keep a place until a moment, without a notice: the caller sends one."""
        self.room_moved = True
        application.state, application.answer_until = OFFERED, until
        application.decided_at = self.now
        self.changed_children.add(application.child_id)

    def give_or_list(self, application: Application) -> None:
        """Give a place if there is one and no application waits; else put it on the list."""
        with self.write.no_autoflush:  # until it is decided on it counts nowhere: written once
            line = waiting_line_and_room_of_group(
                self.write, self.group, self.now.astimezone(PARIS).date()
            )
            free = (
                None
                if self._offer_free_to_those_who_wait(line)
                else self._first_free_day(application)
            )
        if free is not None:
            self.accept(application, free)
        elif self.activity.allocation == ORDER and line.is_after_all_waiting(
            application.submitted_at
        ):
            self.put_last_on_list(application)
            if not line.room.has_places_left:  # else some of them may have been offered a place
                self.rank_of_last = line.waiting + 1
        else:
            self.put_on_list(application)

    def put_on_list(self, application: Application) -> None:
        """Put an application on the waiting list, where its order places it."""
        self.put_last_on_list(application)
        self.changed_children.update(
            children_with_changed_rank(self.write, application, self.activity)
        )

    def put_last_on_list(self, application: Application) -> None:
        """Put an application on the waiting list behind all who are on it."""
        application.state, application.decided_at = WAITING, self.now
        self.changed_children.add(application.child_id)

    def refuse(self, application: Application, reason: str, unmet: Collection[str] = KINDS) -> None:
        """Refuse; for want of room with the capacity reached, for conditions with what is asked."""
        application.reason_detail = self._detail_of_reason(reason, unmet)
        application.state, application.answer_until = REFUSED, None
        application.reason, application.decided_at = reason, self.now
        self._notify_of_decision(application, "refused", reason=reason, **application.reason_detail)

    def withdraw(self, application: Application) -> None:
        """Take an application off, with its place where it has one, and move the others up."""
        self.room_moved |= application.state in (ACCEPTED, OFFERED)
        behind = children_with_changed_rank(self.write, application, self.activity)
        application.state, application.answer_until = WITHDRAWN, None
        for place in places_of_application(self.write, application.id):
            placing.end_place(self.write, place, self.now.astimezone(PARIS).date(), self.now)
        self.changed_children.update([*behind, application.child_id])
        self.offer_free_places()

    def end_place(self, application: Application, last_day: date) -> None:
        """End a place by the provider's decision; the family is notified of the last day."""
        self.room_moved = True
        for place in places_of_application(self.write, application.id):
            placing.end_place(self.write, place, last_day, self.now)
        application.state, application.reason = WITHDRAWN, ENDED_BY_PROVIDER
        self._notify_of_decision(application, "place_ended", last_day=last_day.isoformat())
        self.offer_free_places()

    def expire(self, application: Application, notice: str = "offer_expired") -> None:
        """End an unanswered offer; `notice` is the kind of the notice."""
        self.room_moved = True
        until = application.answer_until
        application.state, application.answer_until = EXPIRED, None
        application.reason_detail = {"until": until.isoformat()} if until else {}
        self._notify_of_decision(application, notice)

    def offer_free_places(self, *, by_clock: bool = False) -> bool:
        """
        Offer what is free to those who wait, in their order; return whether there was any.

        The clock stops before a rank that is left to the desk.
        """
        moved = False
        while self.room.has_places_left:
            first = first_waiting_application(self.write, self.group.id, self.activity)
            application = self.write.get(Application, first) if first else None
            if application is None or (by_clock and is_left_to_desk(application, self.now)):
                break
            self.offer(application)
            self.write.flush()
            moved = True
        if moved:
            self.changed_children.update(self._waiting_children())
        return moved

    def _offer_free_to_those_who_wait(self, line: Line) -> bool:
        """Offer what is free to those who wait; return whether somebody still does."""
        if line.last is None or not line.room.has_places_left:
            return line.last is not None
        return not self.offer_free_places() or self.does_anybody_wait

    def _first_free_day(self, application: Application) -> date | None:
        today = self.now.astimezone(PARIS).date()
        return first_day_with_room(self.write, self.group, application.from_day, today)

    def _waiting_children(self) -> list[str]:
        return [
            waiter.child_id for waiter in waiters_of_group(self.write, self.group.id, self.activity)
        ]

    def _detail_of_reason(self, reason: str, unmet: Collection[str]) -> dict[str, Any]:
        day = self.now.astimezone(PARIS).date()
        if reason == CAPACITY:
            return self.room.refusal_detail_of_capacity(day)
        if reason == CONDITIONS:
            return {"asked": self._what_conditions_ask(unmet)}
        born = {"born_from": self.group.born_from, "born_to": self.group.born_to}
        stated = {name: value.isoformat() for name, value in born.items() if value}
        return stated if reason == AGE else {}

    def _what_conditions_ask(self, kinds: Collection[str]) -> list[dict[str, object]]:
        """Return what activity and group ask of these kinds; nothing of the child."""
        stated = (self.activity.conditions, self.group.conditions)
        asked = [{kind: each[kind] for kind in kinds if each.get(kind)} for each in stated]
        return [each for each in asked if each]

    def _notify_of_decision(self, application: Application, kind: str, **detail: object) -> None:
        self.changed_children.add(application.child_id)
        notices.notify_households(
            self.write,
            self._households_to_notify(application),
            f"{kind}-{application.id}",
            kind,
            [application.child_id],
            {"activity": self.activity.label, "group": self.group.label, **detail},
            self.now,
        )

    def _households_to_notify(self, application: Application) -> list[str]:
        """
        Return the household that applied; from a counter, all of the child's; else none.

        If one of its homes is protected, that one alone (rule R9).
        """
        if application.household_id:
            return [application.household_id]
        if is_family_application(application):
            return []
        protected = hidden_homes(self.write, [application.child_id], ())
        return sorted(protected.get(application.child_id, ())) or households_of_child(
            self.write, application.child_id
        )


@contextmanager
def lock_group_admission(write: Write, group_id: str, now: datetime) -> Iterator[GroupAdmission]:
    """Lock a group and give places in it; raises NotFound."""
    with lock_group_admissions(write, [group_id], now) as admissions:
        yield admissions[group_id]


@contextmanager
def lock_group_admissions(
    write: Write, group_ids: Collection[str], now: datetime
) -> Iterator[dict[str, GroupAdmission]]:
    """
    Lock several groups and give places in them, by group id; raises NotFound.

    All writers lock in one order, to avoid deadlocks (`children/commands/child_file_locks.py`):
    files, groups, then activities, each by id; the cards come last, before the commit.
    """
    admissions = {
        group_id: _lock_group(write, group_id, now) for group_id in sorted(set(group_ids))
    }
    yield admissions
    write.flush()
    changed_children = {
        child_id for admission in admissions.values() for child_id in admission.changed_children
    }
    narrowing = codes_projections_depend_on()
    for admission in admissions.values():
        if admission.activity.code in narrowing:
            mark_activities_of_children(write, admission.changed_children, now)
    mark_cards_of_children(write, sorted(changed_children), now)
    moved = {admission.activity.id for admission in admissions.values() if admission.room_moved}
    for activity_id in sorted(moved):
        publishing.publish_activity(write, activity_id)
    if changed_children:
        note_change_for_open_pages(write, APPLICATIONS)


def _lock_group(write: Write, group_id: str, now: datetime) -> GroupAdmission:
    group, activity = lock_group_with_activity(write, group_id)
    return GroupAdmission(write, group, activity, now)
