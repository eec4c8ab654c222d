"""
The children of a provider by family name, with where they have places: the desk's own list.

Of many a page is read alone: its rows by an index, how many there are, and of each letter whether
it has any. Of a file all ids are read in their order, and the rows some hundreds at a time.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from string import ascii_uppercase
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session as Database
from sqlalchemy.orm import aliased

from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.children.queries.search_index import Answers, answers_to_query
from services.enrolment.children.rules.distinct_names import Named, listed_names
from services.enrolment.children.rules.search import letter_of_key, name_in_key
from services.enrolment.models import Activity, ChildCard, Group, Place
from services.enrolment.models.offer import GROUP_SITE, make_group_site
from shared.database.chunks import AT_ONCE, chunks
from shared.database.prebuilt_statements import among_parameter, execute, rows_among
from shared.database.tables.validity import not_ended_before_condition
from shared.text import NO_LETTER, collation_key, folded

_PlaceNames = tuple[str, str, str]
"""The activity, group and site of a place."""
_Groups = dict[str, tuple[int, _PlaceNames]]
"""The rank of a group among some and its names, by id."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Activities, groups and sites of the places of that day or later, in their order."""

    activities: Sequence[str] = ()
    groups: Sequence[str] = ()
    sites: Sequence[str] = ()


@dataclass(frozen=True)
class ListedChild(Placed):
    """
    A child with its places.

    `first_name` has a mark where somebody else of the list has that name, `own_first_name` never.
    """

    child_id: str
    last_name: str
    first_name: str
    own_first_name: str
    birth_date: date
    search: str


@dataclass(frozen=True)
class Part:
    """
    A part of a list: children under a letter, with an activity, at a site; all by default.

    By name, unless `by_birth`, or by what `by_places` makes of their places: None comes last.
    """

    letter: str = ""
    activity: str = ""
    site: str = ""
    by_birth: bool = False
    by_places: Callable[[Placed], Any] | None = None
    descends: bool = False


@dataclass(frozen=True)
class ChildrenPage:
    """
    The first of the children `found` of a part.

    `letters` are those under which it has any, before it chose; `activities` and `sites` those of
    who answers, or of many of all children within reach. Where most answer, and nothing else is
    asked, `found` says how far they were counted, and there `are_more`; letters are those of all
    as well.
    """

    rows: Sequence[ListedChild]
    found: int
    letters: Collection[str]
    activities: Collection[str]
    sites: Collection[str]
    are_more: bool


def _select_sites_with_place(running: ColumnElement[bool]) -> Executable:
    """Select the activities and their sites at which a child has a place that is not over."""
    offered = select(Group.activity_id, Group.site).distinct().subquery()
    of_site = aliased(Group)
    taken = (
        select(Place.id)
        .join(of_site, of_site.id == Place.group_id)
        .join(ChildCard, ChildCard.child_id == Place.child_id)
        .where(of_site.activity_id == offered.c.activity_id, of_site.site == offered.c.site)
        .where(running)
        .limit(1)
        .correlate(offered)
        .scalar_subquery()
    )
    return (
        select(Activity.label, make_group_site(offered.c.site))
        .join(offered, offered.c.activity_id == Activity.id)
        .where(taken.is_not(None))
    )


_SITES_WITH_PLACE = _select_sites_with_place(
    not_ended_before_condition(Place.valid_to, bindparam("day"))
)
"""Query of the sites of all places, built once: SQLite answers ten times as fast as it is built."""


class ChildList:
    """
    The children within reach whose names have come here.

    With a query, those who answer to it: the others of a town are not read.
    """

    def __init__(
        self, read: Database, day: date, reach: Reach = EVERYWHERE, query: str = ""
    ) -> None:
        self._read, self._reach, self._day = read, reach, day
        self._here = reach.child_within_condition(ChildCard.child_id)
        self._answers = answers_to_query(read, query, reach)
        answering = true() if self._answers is None else self._answers.condition
        self._answering = and_(answering, self._here)
        self._running = and_(
            not_ended_before_condition(Place.valid_to, day),
            reach.group_within_condition(Place.group_id),
        )

    def has_more_than(self, most: int) -> bool:
        """Say whether the list has more children than that."""
        return self._many_answers is not None or self.number_of_all > most

    def whole(self) -> list[ListedChild]:
        """Return all children of the list by name."""
        by_name = _CARDS.where(self._answering).order_by(ChildCard.listed_as)
        cards = self._read.execute(by_name).all()
        answering = select(ChildCard.child_id).where(self._answering)
        return self._listed_with_distinct_names(cards, cards, Place.child_id.in_(answering))

    def page(self, part: Part, most: int) -> ChildrenPage:
        """Return the first `most` of a part; a name is marked that somebody else here has too."""
        conditions = self._conditions_of_place_asked(part)
        cards = self._first_chosen_cards(part, conditions, most)
        alike = self._cards_of_same_name(cards, self._here)
        of_them = Place.child_id.in_([card.child_id for card in cards])
        return ChildrenPage(
            self._listed_with_distinct_names(cards, alike, of_them),
            *self._count_and_initials(part, conditions),
            *self._activities_and_sites(),
            self._answers_of_whole_part(part) is not None,
        )

    def in_order(self, part: Part) -> list[str]:
        """Return the ids of all children of a part, as `whole` has them once it is arranged."""
        chosen = self._chosen_condition(part, self._conditions_of_place_asked(part))
        if part.by_places is not None:
            return self._ids_by_places(chosen, part.by_places, part.descends)
        if part.descends and not part.by_birth:
            return self._ids_by_name_descending(chosen)
        by_key = select(ChildCard.child_id).where(chosen).order_by(*_sort_columns_of_part(part))
        return list(execute(self._read, by_key).scalars())

    def rows_of_children(self, child_ids: Sequence[str]) -> Iterator[ListedChild]:
        """Yield the rows of these children, in this order; a portion of them is read at once."""
        for some in chunks(child_ids, AT_ONCE):
            cards = self._cards_of(some)
            alike = self._cards_of_same_name(cards, self._answering)
            yield from self._listed_with_distinct_names(cards, alike, Place.child_id.in_(some))

    def _chosen_condition(
        self, part: Part, conditions: Sequence[ColumnElement[bool]]
    ) -> ColumnElement[bool]:
        return and_(self._answering, *conditions, _under_letter_condition(part.letter))

    def _first_chosen_cards(
        self, part: Part, conditions: Sequence[ColumnElement[bool]], most: int
    ) -> Sequence[Any]:
        """Return the first cards of a part; of few who answer to a query the order is known."""
        if (many := self._answers_of_whole_part(part)) is not None:
            chosen = and_(many.condition_one_by_one, self._here)
        elif self._answers is not None and part == Part(letter=part.letter):
            return self._cards_of(self._answers.under_letter(part.letter)[:most])
        else:
            chosen = self._chosen_condition(part, conditions)
        if part.by_places is not None:
            in_order = self._ids_by_places(chosen, part.by_places, part.descends)
            return self._cards_of(in_order[:most])
        first = _CARDS.where(chosen).order_by(*_sort_columns_of_part(part)).limit(most)
        return self._read.execute(first).all()

    def _cards_of(self, child_ids: Sequence[str]) -> list[Any]:
        rows = self._read.execute(_CARDS.where(ChildCard.child_id.in_(child_ids)))
        cards = {card.child_id: card for card in rows}
        return [cards[child_id] for child_id in child_ids]

    def _cards_of_same_name(
        self, cards: Iterable[Any], among: ColumnElement[bool]
    ) -> Sequence[Any]:
        """Return the cards among these that have the name of one of them, they themselves too."""
        names = {folded(f"{card.first_name} {card.last_name}") for card in cards}
        return self._read.execute(_CARDS.where(ChildCard.whole_name.in_(names), among)).all()

    def _ids_by_name_descending(self, chosen: ColumnElement[bool]) -> list[str]:
        """Return ids by name from its end on; of one name who was born first stays the first."""
        by_name = select(ChildCard.child_id, ChildCard.listed_as).where(chosen)
        rows = execute(self._read, by_name.order_by(ChildCard.listed_as)).all()
        turned = sorted(rows, key=lambda row: name_in_key(row[1]), reverse=True)
        return [child_id for child_id, _listed_as in turned]

    def _ids_by_places(
        self, chosen: ColumnElement[bool], key: Callable[[Placed], Any], descends: bool
    ) -> list[str]:
        by_name = select(ChildCard.child_id).where(chosen).order_by(ChildCard.listed_as)
        child_ids = execute(self._read, by_name).scalars().all()
        return self._sort_children_by_places(child_ids, key, descends)

    def _sort_children_by_places(
        self, child_ids: Sequence[str], key: Callable[[Placed], Any], descends: bool
    ) -> list[str]:
        """Sort children by a key of their places, which each set of groups has once."""
        held: dict[str, frozenset[str]] = {}
        ones: dict[str, frozenset[str]] = {}
        running = select(Place.child_id, Place.group_id).where(self._running)
        if len(child_ids) <= AT_ONCE:
            running = running.where(Place.child_id.in_(child_ids))
        for child_id, group_id in execute(self._read, running):
            one = ones.get(group_id) or ones.setdefault(group_id, frozenset([group_id]))
            held[child_id] = held[child_id] | one if child_id in held else one
        keys = {
            groups: key(placed)
            for groups, placed in self._placed_by_set_of_groups(set(held.values()))
        }
        placed: list[str] = []
        rest: list[str] = []
        for child_id in child_ids:
            is_placed = keys.get(held.get(child_id, _NOWHERE)) is not None
            (placed if is_placed else rest).append(child_id)
        placed.sort(key=lambda child_id: keys[held[child_id]], reverse=descends)
        return [*placed, *rest]

    def _placed_by_set_of_groups(
        self, several: Collection[frozenset[str]]
    ) -> Iterable[tuple[frozenset[str], Placed]]:
        """Give each of these sets of groups with what is listed of a child who is in them."""
        names = self._ranks_and_names_of_groups(set().union(*several))
        for groups in several:
            yield groups, _make_placed(_place_names_in_order(names, groups))

    def _listed_with_distinct_names(
        self, cards: Iterable[Any], named: Iterable[Any], of_them: ColumnElement[bool]
    ) -> list[ListedChild]:
        """Return these cards with their places, under names that differ among all the named."""
        names = listed_names(
            Named(card.child_id, card.first_name, card.last_name, card.birth_date) for card in named
        )
        places = self._places_by_child(of_them)
        return [
            ListedChild(
                card.child_id,
                *names[card.child_id],
                card.first_name,
                card.birth_date,
                card.search,
                **vars(_make_placed(places.get(card.child_id, ()))),
            )
            for card in cards
        ]

    def _places_by_child(self, of_them: ColumnElement[bool]) -> dict[str, list[_PlaceNames]]:
        """Return by child the activity, group and site of each place within reach, not over."""
        held: dict[str, list[str]] = defaultdict(list)
        running = select(Place.child_id, Place.group_id).where(self._running, of_them)
        for child_id, group_id in self._read.execute(running):
            held[child_id].append(group_id)
        names = self._ranks_and_names_of_groups(
            {group_id for groups in held.values() for group_id in groups}
        )
        return {child_id: _place_names_in_order(names, groups) for child_id, groups in held.items()}

    def _ranks_and_names_of_groups(self, group_ids: Collection[str]) -> _Groups:
        """
        Return the names of these groups, with the rank by which a child's stand.

        Sorted here, each word folded once: SQLite would fold both at each comparison of two rows.
        """
        found: dict[str, _PlaceNames] = {
            group_id: (activity, label, site)
            for group_id, activity, label, site in rows_among(self._read, _GROUPS, group_ids)
        }
        words = {word for names in found.values() for word in names}
        keys = {word: collation_key(word) for word in words}
        in_order = sorted(found, key=lambda each: (*map(keys.__getitem__, found[each]), each))
        return {group_id: (rank, found[group_id]) for rank, group_id in enumerate(in_order)}

    def _conditions_of_place_asked(self, part: Part) -> list[ColumnElement[bool]]:
        """Return the conditions that a child has a place as this part asks."""
        asked = ((Activity.label, part.activity), (GROUP_SITE, part.site))
        there = (
            select(Place.child_id)
            .join(Group, Group.id == Place.group_id)
            .join(Activity, Activity.id == Group.activity_id)
            .where(self._running)
        )
        return [
            ChildCard.child_id.in_(there.where(column == value)) for column, value in asked if value
        ]

    @property
    def _many_answers(self) -> Answers | None:
        return self._answers if self._answers is not None and self._answers.are_many else None

    def _answers_of_whole_part(self, part: Part) -> Answers | None:
        """Return those who answer where they are many, and this is all of them: none is counted."""
        return self._many_answers if part == Part() else None

    def _count_and_initials(
        self, part: Part, conditions: Sequence[ColumnElement[bool]]
    ) -> tuple[int, Collection[str]]:
        """Return how many children a part has, and under which letters there are any."""
        if (many := self._answers_of_whole_part(part)) is not None:
            return many.counted, self._letters_of_all()
        if self._answers is not None and not conditions:
            return len(self._answers.under_letter(part.letter)), self._answers.letters
        is_narrowed = bool(part.letter or conditions)
        found = (
            self._count(self._chosen_condition(part, conditions))
            if is_narrowed
            else self.number_of_all
        )
        if not conditions:
            return found, self._letters_of_all()
        return found, self._letters_of(and_(self._answering, *conditions))

    @cached_property
    def number_of_all(self) -> int:
        """The number of children that the list has; of many who answer each is counted."""
        if self._answers is not None:
            return len(self._answers.by_name)
        return self._count(self._here)

    def _count(self, chosen: ColumnElement[bool]) -> int:
        """Return the number of cards chosen; SQLite knows that of all, if nothing is asked."""
        cards = select(func.count()).select_from(ChildCard)
        number: int = self._read.scalar(cards if chosen is true() else cards.where(chosen)) or 0
        return number

    def _letters_of_all(self) -> set[str]:
        """Return the letters of all children within reach; each is looked for by the index."""
        if self._reach.groups is not None:
            return self._letters_of(self._here)
        there = self._read.execute(_LETTERS_OF_ALL).one()
        return {letter for letter, is_there in zip(_LETTERS, there, strict=True) if is_there}

    def _letters_of(self, chosen: ColumnElement[bool]) -> set[str]:
        first = func.substr(ChildCard.listed_as, 1, 1)
        return set(map(letter_of_key, self._read.scalars(select(first).where(chosen).distinct())))

    def _activities_and_sites(self) -> tuple[set[str], set[str]]:
        """
        Return what children have a place in, and where: who answers, or of many all within reach.

        Of all, each site of an activity is asked for one place: groups and children are not walked.
        """
        if self._answers and not self._answers.are_many and self._answers.counted <= AT_ONCE:
            held = self._read.execute(
                select(Activity.label, GROUP_SITE)
                .join(Group, Group.activity_id == Activity.id)
                .join(Place, Place.group_id == Group.id)
                .where(Place.child_id.in_(self._answers.under_letter("")), self._running)
                .distinct()
            ).all()
            return {activity for activity, _site in held}, {site for _activity, site in held}
        if self._reach.groups is None:
            rows = execute(self._read, _SITES_WITH_PLACE, day=self._day).all()
        else:
            rows = self._read.execute(_select_sites_with_place(self._running)).all()
        return {label for label, _site in rows}, {site for _label, site in rows}


_CARDS = select(
    ChildCard.child_id,
    ChildCard.first_name,
    ChildCard.last_name,
    ChildCard.birth_date,
    ChildCard.search,
)


_NOWHERE = frozenset[str]()
_GROUPS = (
    select(Group.id, Activity.label, Group.label, GROUP_SITE)
    .join(Activity, Activity.id == Group.activity_id)
    .where(Group.id.in_(among_parameter()))
)


def _place_names_in_order(known: _Groups, groups: Iterable[str]) -> list[_PlaceNames]:
    """Return the names of these groups in the order of their ranks."""
    return [names for _rank, names in sorted(known[group_id] for group_id in groups)]


def _make_placed(places: Iterable[Sequence[str]]) -> Placed:
    several = list(places)
    activities, groups, sites = ([place[nth] for place in several] for nth in range(3))
    return Placed(activities=activities, groups=groups, sites=sites)


def _sort_columns_of_part(part: Part) -> Sequence[ColumnElement[Any]]:
    first, *rest = (
        [ChildCard.birth_date, ChildCard.listed_as] if part.by_birth else [ChildCard.listed_as]
    )
    return [first.desc() if part.descends else first.asc(), *(other.asc() for other in rest)]


def _under_letter_condition(letter: str) -> ColumnElement[bool]:
    """Return the condition of the cards that a list has under a letter; of all without one."""
    return or_(*_key_ranges_of_letter(letter)) if letter else true()


def _key_ranges_of_letter(letter: str) -> Sequence[ColumnElement[bool]]:
    """Return the ranges of keys that a list has under a letter (`shared.text.index_letter`)."""
    key = ChildCard.listed_as
    if letter == NO_LETTER:
        return key < "a", key >= "{"  # what stands behind z
    if letter not in ascii_uppercase:
        return (false(),)
    first = letter.lower()
    return (and_(key >= first, key < chr(ord(first) + 1)),)


def _has_any_condition(letter: str) -> ColumnElement[bool]:
    """Return the condition that there is a card under a letter: each range by itself is a seek."""
    some = select(ChildCard.child_id)
    return or_(*(exists(some.where(each)) for each in _key_ranges_of_letter(letter)))


_LETTERS = (*ascii_uppercase, NO_LETTER)
_LETTERS_OF_ALL = select(*map(_has_any_condition, _LETTERS))
