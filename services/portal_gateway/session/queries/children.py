"""
The children of who is signed in, as the dossier says now or, failing that, as it said last.

Names, birth dates, schools and services only; health is never kept here.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar, cast

from services.portal_gateway.cards.rules.json_values import to_day, to_json
from services.portal_gateway.session import current_user, sessions
from shared.contracts.dossier.guardians import MyChildrenAnswer, my_children
from shared.contracts.errors import NoAnswer, NotFound, Refusal, Unavailable
from shared.contracts.message import Empty
from shared.dates.clock import now
from shared.dates.two_home_weeks import Weeks
from shared.json_values import JsonObject
from shared.web.base.app import shell_here
from shared.web.session.request_rounds import Asked, round_request

A = TypeVar("A")

REMEMBER_EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class Child:
    """A child as the first pages name it."""

    id: str
    first_name: str
    last_name: str
    birth_date: date
    school: str
    providers: tuple[str, ...]
    missing: tuple[str, ...]
    carer: bool = False
    """True if placed with who is signed in, who says absences and nothing else (rules' test 7)."""
    carer_in: str = ""
    """The holder's own household by which the days of a granted access come; "" otherwise."""
    says_absent: bool = True
    weeks: Weeks | None = None
    """Days of two homes by week; the home that is not that of who is signed in is called ""."""
    weeks_since: date | None = None
    also: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Other files of this child, which the town has joined: each id, and which services have it."""
    leaves_after: date | None = None
    """The last day in the town of a child that leaves it."""
    since: date | None = None
    """Since when who is signed in has the child in care, where another answered for it before."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Return every id under which a service may name this child, the child's own first."""
        return (self.id, *(file for file, _codes in self.also))

    def ids_at_service(self, provider: str) -> tuple[str, ...]:
        """Return the ids under which a service may have this child."""
        return (self.id, *(file for file, codes in self.also if provider in codes))

    def id_at_service(self, provider: str) -> str:
        """Return the id by which something new is asked of a service: one that it has already."""
        return self.ids_at_service(provider)[-1]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True)
class Family:
    """The children, eldest first; `as_of` is None where the dossier answered just now."""

    children: tuple[Child, ...]
    as_of: datetime | None = None
    households: tuple[str, ...] = ()
    """The guardian's own; another household's card is none of its business."""

    @property
    def wards(self) -> list[Child]:
        """Return the children over whom the person has authority."""
        return [child for child in self.children if not child.carer]

    @property
    def households_whose_cards_are_read(self) -> tuple[str, ...]:
        """Return the households whose cards are read: the own ones, and those of accesses."""
        granted = {child.carer_in for child in self.children if child.carer_in}
        return (*self.households, *sorted(granted))

    @property
    def has_others_children_only(self) -> bool:
        """Say whether all children are in the person's care, or shown by an access, and no ward."""
        return bool(self.children) and not self.wards

    @property
    def ids(self) -> list[str]:
        """Return every id under which a service may name one of the children."""
        return [each for child in self.children for each in child.ids]

    @property
    def first_names(self) -> dict[str, str]:
        """Return the children's first names, by any of their ids."""
        return {each: child.first_name for child in self.children for each in child.ids}

    @property
    def answered_for_since(self) -> dict[str, date]:
        """Return since when the person has a child in care, by any id, where another was before."""
        return {each: child.since for child in self.children if child.since for each in child.ids}

    def without_view_only_children(self) -> "Family":
        """Return the family without children of whom the person may only see the week."""
        return replace(self, children=tuple(c for c in self.children if c.says_absent))

    def child(self, child_id: str) -> Child:
        """Return one of the children, by any of its ids; NotFound, for another family's too."""
        child = next((child for child in self.children if child_id in child.ids), None)
        if child is None:
            raise NotFound
        return child

    def ward(self, child_id: str) -> Child:
        """Return a child of whom the person has authority; NotFound for a carer's, too."""
        child = self.child(child_id)
        if child.carer:
            raise NotFound
        return child


def fetch_ward_and_answer(child_id: str, asked: Asked[A]) -> tuple[Child, A]:
    """Return a child of whom the person has authority, with an answer of it; raises a Refusal."""
    children, answer = current_user.ask_all(round_request(my_children, Empty()), asked)
    child = family_from_answer_and_remember(children).ward(child_id)
    if isinstance(answer, Refusal):
        raise answer
    return child, answer


def family_from_answer_and_remember(outcome: MyChildrenAnswer | Refusal) -> Family:
    """
    Return the family from an answer to `my_children`, and store it as a fallback.

    If the dossier is unavailable: its last answer in this session; without one the refusal is
    raised.
    """
    session = current_user.session_with_token()
    if isinstance(outcome, MyChildrenAnswer):
        return _store_answer_in_session(session, outcome)
    if isinstance(outcome, NotFound):
        return Family(())  # an account whose children are not linked yet
    if isinstance(outcome, NoAnswer | Unavailable) and session.children:
        return last_known_family(session)
    raise outcome


def last_known_family(session: sessions.Session) -> Family:
    """Return the dossier's last answer in this session; an empty family before one."""
    kept = session.children or {"children": [], "at": session.opened_at.isoformat()}
    children = tuple(_child_of_row(row) for row in kept["children"])
    households = tuple(kept.get("households", ()))
    return Family(children, datetime.fromisoformat(kept["at"]), households)


def family_of_card(content: JsonObject) -> Family:
    """Return the family of a guardian's card."""
    children = tuple(_child_of_row(row) for row in content["children"])
    return Family(children, None, tuple(content["households"]))


def _store_answer_in_session(session: sessions.Session, answer: MyChildrenAnswer) -> Family:
    rows = [cast("JsonObject", to_json(child)) for child in answer.children]
    kept, moment = session.children, now()
    stale = kept is None or moment - datetime.fromisoformat(kept["at"]) > REMEMBER_EVERY
    if stale or (kept is not None and kept["children"] != rows):
        content = {"children": rows, "households": answer.households, "at": moment.isoformat()}
        sessions.keep_children_as_fallback(session, content)
    return Family(tuple(_child_of_row(row) for row in rows), None, tuple(answer.households))


def _child_of_row(row: JsonObject) -> Child:
    return Child(
        id=row["id"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        birth_date=date.fromisoformat(row["birth_date"]),
        school=row["school"],
        providers=tuple(row["providers"]),
        missing=tuple(row["missing"]),
        carer=row.get("carer", False),
        carer_in=row.get("carer_in", ""),
        says_absent=row.get("says_absent", True),
        weeks=_parse_weeks(row["weeks"]) if row.get("weeks") else None,
        weeks_since=to_day(row["weeks_since"]) if row.get("weeks_since") else None,
        also=tuple((each["child_id"], tuple(each["providers"])) for each in row.get("also", ())),
        leaves_after=to_day(row["leaves_after"]) if row.get("leaves_after") else None,
        since=to_day(row["since"]) if row.get("since") else None,
    )


def _parse_weeks(content: dict[str, object]) -> Weeks:
    return Weeks.from_content(content, shell_here().register.now.calendar.school)
