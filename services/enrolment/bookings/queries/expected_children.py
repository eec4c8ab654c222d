"""
The children expected on a day, one by one: where, at which hour, in which group, how marked.

The same bookings as the counts of that day: a list and its count never differ. Of many a page is
read alone: whoever stands on it, and how many there are.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.attendance.marks.queries.attendance_states import resolved_states
from services.enrolment.bookings.queries.expected_counts import MEETING, booked_children
from services.enrolment.children.queries.named_children import named_children, named_children_where
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.children.queries.search_index import ways_of_children_answering
from services.enrolment.children.rules.distinct_names import Named, listed_names
from services.enrolment.children.rules.search import query_words
from services.enrolment.models import Activity, ChildCard, Group, Mark, Session
from services.enrolment.models.offer import GROUP_SITE, PLANNED
from shared.database.chunks import chunks
from shared.database.tables.french_order import french_sort_column
from shared.text import collation_key, folded, index_letter

V = TypeVar("V")


@dataclass(frozen=True)
class ExpectedChild:
    """
    A child at one session of the day; `mark` is what the roll call has of it, "" before.

    `listed_name` is ("", "") while the child's file is on its way.
    """

    child_id: str
    listed_name: tuple[str, str]
    birth_date: date | None
    site: str
    activity: str
    group: str
    starts_at: datetime
    ends_at: datetime
    mark: str


class MeetingOfDay(NamedTuple):
    """A session of the day, with where and what it is."""

    id: str
    state: str
    starts_at: datetime
    ends_at: datetime
    site: str
    activity: str
    group: str


class _Seat(NamedTuple):
    """A child at a session; `listed_as` is its place by name, "" while its file is on its way."""

    listed_as: str
    child_id: str
    meeting: MeetingOfDay


@dataclass(frozen=True)
class ExpectedPart:
    """
    A part of a day's list: children at the sessions that `has`, under a letter; all by default.

    `marked` and `of_child` choose by the mark and by the child. They stand in the usual order, or
    `by_name`, `by_birth`, `by` a word of their session, `by_mark` or `by_child` a word of those.
    """

    has: Callable[[MeetingOfDay], bool] = lambda _meeting: True
    letter: str = ""
    marked: Callable[[str], bool] | None = None
    of_child: Callable[[str], bool] | None = None
    by_name: bool = False
    by_birth: bool = False
    by: Callable[[MeetingOfDay], str] | None = None
    by_mark: Callable[[str], str] | None = None
    by_child: Callable[[str], str] | None = None
    descends: bool = False


@dataclass(frozen=True)
class ExpectedPage:
    """The first children of a part; `letters` say how many it has under each, before it chose."""

    rows: Sequence[ExpectedChild]
    found: int
    letters: Mapping[str, int]


class ExpectedList:
    """
    The children booked on a day within reach, by site, hour, activity, group and name.

    `unnamed` is what stands for the name of whose file is on its way.
    """

    def __init__(
        self, read: DatabaseSession, day: date, reach: Reach = EVERYWHERE, unnamed: str = ""
    ) -> None:
        self._read, self._unnamed = read, unnamed
        self._meetings = _sessions_of_day_within_reach(read, day, reach)
        self._booked = booked_children(read, self._meetings)

    def count(self) -> int:
        """Return how many children are expected; a child counts once for each of its sessions."""
        return sum(map(len, self._booked.values()))

    def keep_children_answering_query(self, query: str) -> None:
        """Keep the expected children alone whose names answer to a query, if there is any."""
        if words := query_words(query):
            children = self._children_answering_query(words)
            self._booked = {
                session_id: [child_id for child_id in booked if child_id in children]
                for session_id, booked in self._booked.items()
            }

    def whole(self) -> list[ExpectedChild]:
        """Return all expected children, in the usual order."""
        return self._rows_with_distinct_names(self._child_sessions_in_order)

    def page(self, part: ExpectedPart, most: int) -> ExpectedPage:
        """Return the first `most` expected children of a part."""
        wanted = {meeting.id for meeting in self._meetings if part.has(meeting)}
        seats = [seat for seat in self._child_sessions_in_order if seat.meeting.id in wanted]
        if (marked := part.marked) is not None:
            seats = [seat for seat in seats if marked(self._attendance_state_of_seat(seat))]
        if (of_child := part.of_child) is not None:
            seats = [seat for seat in seats if of_child(seat.child_id)]
        letters = self._count_by_letter(seats)
        if part.letter:
            known = {
                first
                for first in self._count_by_first_sign(seats)
                if self._letter_of_first_sign(first) == part.letter
            }
            seats = [seat for seat in seats if seat.listed_as[:1] in known]
        ordered = self._sorted_as_part_asks(seats, part)
        return ExpectedPage(self._rows_with_distinct_names(ordered[:most]), len(ordered), letters)

    @property
    def sessions_with_children_expected(self) -> Sequence[MeetingOfDay]:
        """Return the sessions at which somebody is expected."""
        return [meeting for meeting in self._meetings if self._booked[meeting.id]]

    def kinds_of_marks_of_day(self) -> set[str]:
        """Return which marks there are of this day, whoever has them."""
        found: set[str] = set()
        for some in chunks(list(self._booked)):
            kinds = select(Mark.kind).where(Mark.session_id.in_(some)).distinct()
            found.update(self._read.scalars(kinds))
        return found

    @property
    def child_ids(self) -> set[str]:
        """Return who is expected."""
        return {child_id for booked in self._booked.values() for child_id in booked}

    @cached_property
    def _attendance_state_by_seat(self) -> Mapping[tuple[str, str], str]:
        states = resolved_states(self._read, {meeting.id for meeting in self._meetings})
        return {key: state.kind for key, state in states.items() if state.kind}

    def _attendance_state_of_seat(self, seat: _Seat) -> str:
        return self._attendance_state_by_seat.get((seat.meeting.id, seat.child_id), "")

    @cached_property
    def _births(self) -> Mapping[str, date]:
        return _card_values_by_child(self._read, ChildCard.birth_date, self.child_ids)

    @cached_property
    def _child_sessions_in_order(self) -> list[_Seat]:
        """Return where each child is expected, in the usual order."""
        by_name = _card_values_by_child(self._read, ChildCard.listed_as, self.child_ids)
        together: dict[tuple[Any, ...], list[_Seat]] = defaultdict(list)
        for meeting in self._meetings:
            place = together[meeting.site, meeting.starts_at, meeting.activity, meeting.group]
            place += [
                _Seat(by_name.get(child_id, ""), child_id, meeting)
                for child_id in self._booked[meeting.id]
            ]
        return [seat for place in together.values() for seat in sorted(place)]

    def _children_answering_query(self, words: Sequence[str]) -> set[str]:
        """Return the children who answer to all words, or nearly where none does."""
        booked = self.child_ids
        for each in ways_of_children_answering(self._read, words):
            found = select(ChildCard.child_id).where(each.condition(ChildCard.child_id))
            if there := booked.intersection(self._read.scalars(found)):
                return there
        return set()

    def _sorted_as_part_asks(self, seats: list[_Seat], part: ExpectedPart) -> list[_Seat]:
        """Return seats as a part asks, of what is alike in the usual order; nothing comes last."""
        key = self._sort_key_of_part(part)
        if key is None:
            return seats
        keys = [(key(seat), seat) for seat in seats]
        named = sorted((each for each in keys if each[0]), key=itemgetter(0), reverse=part.descends)
        return [seat for _key, seat in named] + [seat for found, seat in keys if not found]

    def _sort_key_of_part(self, part: ExpectedPart) -> Callable[[_Seat], Any] | None:
        """Return what sorts the seats of a part, nothing for a seat that has none of it."""
        if part.by_name:
            return attrgetter("listed_as")
        if part.by_birth:
            return lambda seat: self._births.get(seat.child_id)
        if (by := part.by) is not None:
            return _key_by_word(lambda seat: by(seat.meeting))
        if (by_mark := part.by_mark) is not None:
            return _key_by_word(lambda seat: by_mark(self._attendance_state_of_seat(seat)))
        if (by_child := part.by_child) is not None:
            return _key_by_word(lambda seat: by_child(seat.child_id))
        return None

    def _count_by_letter(self, seats: Iterable[_Seat]) -> dict[str, int]:
        counted: Counter[str] = Counter()
        for first, count in self._count_by_first_sign(seats).items():
            counted[self._letter_of_first_sign(first)] += count
        return dict(counted)

    @staticmethod
    def _count_by_first_sign(seats: Iterable[_Seat]) -> Counter[str]:
        return Counter(seat.listed_as[:1] for seat in seats)

    def _letter_of_first_sign(self, first: str) -> str:
        return index_letter(first or self._unnamed)

    def _rows_with_distinct_names(self, seats: Sequence[_Seat]) -> list[ExpectedChild]:
        """Return these children, under names that differ among all who are expected."""
        ids = {seat.child_id for seat in seats}
        cards = named_children(self._read, ids)
        names = listed_names(self._cards_with_same_names(cards))
        marks = resolved_states(self._read, {seat.meeting.id for seat in seats}, ids)
        return [
            ExpectedChild(
                child_id,
                names.get(child_id, ("", "")),
                cards[child_id].birth_date if child_id in cards else None,
                meeting.site,
                meeting.activity,
                meeting.group,
                meeting.starts_at,
                meeting.ends_at,
                (state.kind or "") if (state := marks.get((meeting.id, child_id))) else "",
            )
            for _listed_as, child_id, meeting in seats
        ]

    def _cards_with_same_names(self, cards: Mapping[str, Named]) -> list[Named]:
        """Return these cards, and those of the others expected whose names are the same."""
        expected = self.child_ids
        found = dict(cards)
        if len(cards) < len(expected):
            names = {folded(card.name) for card in cards.values()}
            for some in chunks(names):
                alike = named_children_where(self._read, ChildCard.whole_name.in_(some))
                found |= {child.child_id: child for child in alike if child.child_id in expected}
        return list(found.values())


def _key_by_word(word_of: Callable[[_Seat], str]) -> Callable[[_Seat], Any]:
    """Return what sorts by a word as a dictionary does, each word folded once."""
    key_of = cache(collation_key)
    return lambda seat: key_of(word) if (word := word_of(seat)) else None


def _sessions_of_day_within_reach(
    read: DatabaseSession, day: date, reach: Reach
) -> list[MeetingOfDay]:
    """Return the sessions of a day within reach, by site, hour, activity and group."""
    found = read.execute(
        select(*MEETING, GROUP_SITE, Activity.label, Group.label)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Session.day == day, Session.state == PLANNED, reach.group_within_condition(Group.id))
        .order_by(
            Session.starts_at,
            french_sort_column(Activity.label),
            french_sort_column(Group.label),
            Session.id,
        )
    )
    return sorted((MeetingOfDay(*row) for row in found), key=lambda row: collation_key(row.site))


def _card_values_by_child(
    read: DatabaseSession, column: InstrumentedAttribute[V], child_ids: Collection[str]
) -> dict[str, V]:
    """Return by child what a column of its card has."""
    found: dict[str, V] = {}
    for some in chunks(child_ids):
        rows = select(ChildCard.child_id, column).where(ChildCard.child_id.in_(some))
        found |= {child_id: value for child_id, value in read.execute(rows)}
    return found
