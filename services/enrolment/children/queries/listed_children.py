"""
The children of a provider by family name, with where they have places: the desk's own list.

Of many a page is read alone: its rows by an index, and how many there are.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from string import ascii_uppercase
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.reach import EVERYWHERE, Reach
from services.enrolment.children.queries.search_index import narrowing
from services.enrolment.children.rules.names import Named, listed_names
from services.enrolment.models import Activity, ChildCard, Group, Place
from services.enrolment.models.offer import GROUP_SITE
from shared.database.french_order import in_french
from shared.text import NO_LETTER, folded


@dataclass(frozen=True)
class ListedChild:
    """
    A child with its activities, groups and sites of that day or later, in their order.

    `first_name` has a mark where somebody else of the list has that name, `own_first_name` never.
    """

    child_id: str
    last_name: str
    first_name: str
    own_first_name: str
    birth_date: date
    search: str
    activities: Sequence[str] = field(default_factory=list)
    groups: Sequence[str] = field(default_factory=list)
    sites: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """Of a list: children under a letter, with an activity, at a site; all of them by default."""

    letter: str = ""
    activity: str = ""
    site: str = ""
    by_birth: bool = False
    descends: bool = False


@dataclass(frozen=True)
class ChildrenPage:
    """The first children of a part; `letters` say how many it has under each, before it chose."""

    rows: Sequence[ListedChild]
    found: int
    letters: Mapping[str, int]
    activities: Collection[str]
    sites: Collection[str]


class ChildList:
    """
    The children within reach whose names have come here.

    With a query, those who answer to it: the others of a town are not read.
    """

    def __init__(
        self, read: Database, day: date, reach: Reach = EVERYWHERE, query: str = ""
    ) -> None:
        self._read, self._reach = read, reach
        self._here = reach.of_children(ChildCard.child_id)
        self._answering = and_(narrowing(read, query, reach), self._here)
        self._running = and_(
            or_(Place.valid_to.is_(None), Place.valid_to >= day), reach.of_groups(Place.group_id)
        )

    def count(self) -> int:
        """Return how many they are."""
        return sum(self._all_letters.values())

    def whole(self) -> list[ListedChild]:
        """Return all of them by name."""
        by_name = _CARDS.where(self._answering).order_by(ChildCard.listed_as)
        cards = self._read.execute(by_name).all()
        answering = select(ChildCard.child_id).where(self._answering)
        return self._listed(cards, cards, Place.child_id.in_(answering))

    def page(self, part: Part, most: int) -> ChildrenPage:
        """Return the first `most` of a part; a name is marked that somebody else here has too."""
        conditions = self._placed(part)
        placed = and_(self._answering, *conditions)
        letters = self._letters(placed) if conditions else self._all_letters
        chosen = _CARDS.where(placed, _under(part.letter)).limit(most)
        cards = self._read.execute(chosen.order_by(*_order(part))).all()
        names = {folded(f"{card.first_name} {card.last_name}") for card in cards}
        alike = self._read.execute(_CARDS.where(ChildCard.whole_name.in_(names), self._here))
        found = letters.get(part.letter, 0) if part.letter else sum(letters.values())
        of_them = Place.child_id.in_([card.child_id for card in cards])
        return ChildrenPage(
            self._listed(cards, alike, of_them), found, letters, *self._activities_and_sites()
        )

    def _listed(
        self, cards: Iterable[Any], named: Iterable[Any], of_them: ColumnElement[bool]
    ) -> list[ListedChild]:
        """Return these cards with their places, under names that differ among all the named."""
        names = listed_names(
            Named(card.child_id, card.first_name, card.last_name, card.birth_date) for card in named
        )
        places = self._places(of_them)
        return [
            ListedChild(
                card.child_id,
                *names[card.child_id],
                card.first_name,
                card.birth_date,
                card.search,
                *map(list, zip(*places.get(card.child_id, ()), strict=True)),
            )
            for card in cards
        ]

    def _places(self, of_them: ColumnElement[bool]) -> dict[str, list[tuple[str, str, str]]]:
        """Return by child the activity, group and site of each place within reach, not over."""
        query = (
            select(Place.child_id, Activity.label, Group.label, GROUP_SITE)
            .join(Group, Group.id == Place.group_id)
            .join(Activity, Activity.id == Group.activity_id)
            .where(self._running, of_them)
            .order_by(in_french(Activity.label), in_french(Group.label), Place.id)
        )
        places: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for child_id, *place in self._read.execute(query):
            places[child_id].append((place[0], place[1], place[2]))
        return places

    def _placed(self, part: Part) -> list[ColumnElement[bool]]:
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

    @cached_property
    def _all_letters(self) -> dict[str, int]:
        return self._letters(self._answering)

    def _letters(self, placed: ColumnElement[bool]) -> dict[str, int]:
        letter = func.substr(ChildCard.listed_as, 1, 1).label("letter")
        counted: Counter[str] = Counter()
        for first, number in self._read.execute(
            select(letter, func.count()).where(placed).group_by(letter)
        ):
            counted[first.upper() if "a" <= first <= "z" else NO_LETTER] += number
        return dict(counted)

    def _activities_and_sites(self) -> tuple[set[str], set[str]]:
        """Return what these children have a place in, and where: each group is asked once."""
        answering = select(ChildCard.child_id).where(self._answering)
        taken = select(Place.id).where(
            Place.group_id == Group.id, self._running, Place.child_id.in_(answering)
        )
        rows = self._read.execute(
            select(Activity.label, GROUP_SITE)
            .join(Group, Group.activity_id == Activity.id)
            .where(taken.exists())
            .distinct()
        ).all()
        return {label for label, _site in rows}, {site for _label, site in rows}


_CARDS = select(
    ChildCard.child_id,
    ChildCard.first_name,
    ChildCard.last_name,
    ChildCard.birth_date,
    ChildCard.search,
)


def _order(part: Part) -> Sequence[ColumnElement[Any]]:
    first, *rest = (
        [ChildCard.birth_date, ChildCard.listed_as] if part.by_birth else [ChildCard.listed_as]
    )
    return [first.desc() if part.descends else first.asc(), *(other.asc() for other in rest)]


def _under(letter: str) -> ColumnElement[bool]:
    """Return the condition of the cards that a list has under a letter (`shared.text.initial`)."""
    key = ChildCard.listed_as
    if not letter:
        return true()
    if letter == NO_LETTER:
        return or_(key < "a", key >= "{")  # what stands behind z
    if letter not in ascii_uppercase:
        return false()
    first = letter.lower()
    return and_(key >= first, key < chr(ord(first) + 1))
