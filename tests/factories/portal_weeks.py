"""The page of weeks of two sisters, and the providers whose days it shows, for tests."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any

from flask.testing import FlaskClient

from shared.contracts.enrolment.places import family_acts, states
from shared.dates.clock import today
from shared.dates.periods import monday_of
from shared.runtime.ids import new_id
from shared.web.language import typography
from tests.factories import portal as make
from tests.factories.portal import Child, Portal, confirmation_of, main_of

HOUSEHOLD = new_id()
INES, LOU = Child("Inès"), Child("Lou", providers=("ens",))
CANTEEN, JUDO = new_id(), new_id()
CANTEEN_PLACES = {INES.id: new_id(), LOU.id: new_id()}
SCHOOL = (1, 2, 4, 5)


@dataclass
class Desk:
    """A provider that keeps its sessions, and answers as its contract says."""

    activity_id: str
    activity: str
    hours: tuple[str, str]
    days: dict[tuple[str, date], dict[str, Any]] = field(default_factory=dict)
    ids: dict[date, str] = field(default_factory=dict)
    becomes: dict[str, str] = field(default_factory=dict)
    """Outcome of a session, where it is not what was asked."""
    special: list[dict[str, Any]] = field(default_factory=list)
    """Days that its calendar sets apart."""

    def sets_apart(self, on: date, kind: str, label: str) -> None:
        """Set a day apart in its calendar: nothing of this provider is then offered on it."""
        self.special.append({"day": on, "kind": kind, "label": label})
        for key in [key for key in self.days if key[1] == on]:
            del self.days[key]

    def meets(self, child: Child, on: date, state: str = states.FREE, **more: Any) -> str:
        """Give the child a session on a day; siblings share it. Return its id."""
        session_id = self.ids.setdefault(on, new_id())
        one = make.day(state, on=on, activity=self.activity, hours=self.hours)
        told = {"session_id": session_id, "activity_id": self.activity_id, "until": _later(on)}
        self.days[child.id, on] = one | told | more
        return session_id

    def calendar(self, request: SimpleNamespace) -> dict[str, Any]:
        own = [day for (child_id, _on), day in self.days.items() if child_id == request.child_id]
        return {
            "days": [day for day in own if request.first <= day["day"] <= request.last],
            "special_days": [
                each for each in self.special if request.first <= each["day"] <= request.last
            ],
        }

    def change(self, request: SimpleNamespace) -> dict[str, Any]:
        asked = [(each, "cancelled") for each in request.cancel]
        asked += [(each, "booked") for each in request.book]
        outcomes = [(each, self.becomes.get(each, wish)) for each, wish in asked]
        for session_id, outcome in outcomes:
            for (child_id, _on), day in self.days.items():
                if (child_id, day["session_id"]) == (request.child_id, session_id):
                    day["state"] = outcome if outcome in ("booked", "cancelled") else day["state"]
        return {
            "outcomes": [
                {"session_id": each, "outcome": outcome, "until": None}
                for each, outcome in outcomes
            ]
        }


@dataclass
class Week:
    """The page of one parent, as a browser reads and sends it."""

    browser: FlaskClient
    text: str = ""

    def opens(self, address: str) -> "Week":
        answer = self.browser.get(address)
        assert answer.status_code == 200
        self.text = answer.text
        return self

    @property
    def says(self) -> str:
        return main_of(self.text)

    @property
    def fields(self) -> dict[str, list[str]]:
        """Return what the form sends as it stands."""
        form = re.search(r'<form class="weekgrid".*?</form>', self.text, re.S)
        assert form
        return _fields(form[0])

    @property
    def confirmation(self) -> str:
        return confirmation_of(self.text)

    def box(self, child: Child, activity: str, on: date) -> tuple[str, str]:
        """Return name and value of a box, by its whole name."""
        day = typography.day(on, "fr", today())
        named = f"{child.first_name}, {activity}, {day}"
        for tag, text in re.findall(
            r'(<input type="checkbox"[^>]*>)<span[^>]*>(.*?)</span>', self.text
        ):
            if unescape(text).startswith(named):
                name, value = re.search(r'name="(.*?)" value="(.*?)"', tag).groups()
                return name, value
        raise AssertionError(f"no box « {named} »")

    def ticks(self, *boxes: tuple[Child, str, date]) -> dict[str, list[str]]:
        """Return the form with these boxes the other way round."""
        fields = self.fields
        for box in boxes:
            name, value = self.box(*box)
            ticked = fields.setdefault(name, [])
            ticked.remove(value) if value in ticked else ticked.append(value)
        return fields

    def saves(self, fields: dict[str, list[str]]) -> "Week":
        answer = self.browser.post("/semaine", data=fields)
        assert answer.status_code == 303, answer.text
        return self.opens(answer.location)

    def undoes(self) -> "Week":
        form = re.search(r'<form id="undo".*?</form>', self.text, re.S)
        assert form
        return self.saves(_fields(form[0]))


@dataclass
class Town:
    portal: Portal
    canteen: Desk
    judo: Desk


def weekday_of(weekday: int, weeks: int = 1) -> date:
    """Return a day of next week, or of another."""
    return monday_of(today()) + timedelta(weeks=weeks, days=weekday - 1)


def next_week() -> str:
    return f"/semaine?du={weekday_of(1)}"


def lunches(*children: Child) -> list[tuple[Child, str, date]]:
    return [(child, "Restauration", weekday_of(day)) for child in children for day in SCHOOL]


def said(on: date) -> str:
    return typography.day(on, "fr", today()).replace(typography.NBSP, " ")


def changes(town: Town) -> list[SimpleNamespace]:
    return [a[3] for a in town.portal.callees.asked if a[1] == family_acts.change_bookings.name]


def _later(on: date) -> datetime:
    return make.at(on, "09:00")


def _fields(form: str) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        kind, name = (re.search(rf'{each}="(.*?)"', tag) for each in ("type", "name"))
        value = re.search(r'value="(.*?)"', tag)
        if kind and name and value and (kind[1] == "hidden" or " checked" in tag):
            fields.setdefault(name[1], []).append(unescape(value[1]))
    return fields
