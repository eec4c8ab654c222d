"""The portal on a database, its callees by their contracts, and the events that it receives."""

import base64
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import update

from services.portal_gateway.app import create_app
from services.portal_gateway.models import WebSession
from services.portal_gateway.service import PortalService
from services.portal_gateway.session import sessions
from services.portal_gateway.store import store
from shared.bus.client import Call
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.places import family_cards, states
from shared.contracts.errors import NoAnswer, Refusal
from shared.contracts.identity import sign_ins
from shared.contracts.message import Event, Method
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import PARIS, now, today
from shared.runtime.ids import new_id
from shared.settings import Settings
from shared.web.base.app import Site
from tests.databases import Database
from tests.factories.register import demo_rows
from tests.factories.sealing import require_another_key_fits
from tests.factories.travelling import handled

NOBODY_LISTENS = "amqp://nobody:nothing@127.0.0.1:9/nowhere"
ENS, AGG = "enrolment_ens", "enrolment_agg"
CLAIRE = new_id()
"""The guardian whose browser tests of pages have."""

NAME_OF_SIXTY = "Marie-Charlotte-Wilhelmine-Anne-Élisabeth-de-La-Rochefoucaul"

Answering = Callable[[SimpleNamespace], dict[str, Any]]


class Callees:
    """
    Services that the portal asks, answering through the real contracts; unavailable by default.

    `asked` has the requests: (to, method, request id, request).
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, SimpleNamespace]] = []
        self.rounds = 0
        self._answers: dict[tuple[str, str], Answering] = {}

    def answers(self, to: str, method: Method, answer: Answering | Refusal | None) -> None:
        """Let a principal answer a method from now on; a refusal is its answer, None no answer."""
        if answer is None:
            self._answers.pop((to, method.name), None)
        elif isinstance(answer, Refusal):
            self._answers[to, method.name] = lambda _request: _raise(answer)
        else:
            self._answers[to, method.name] = answer

    def count(self, method: Method) -> int:
        return sum(name == method.name for _, name, _, _ in self.asked)

    # What a client offers

    def prepare_call(
        self,
        method: Method[Any, Any],
        request: Any,
        *,
        to: str | None = None,
        token: str | None = None,
        request_id: str | None = None,
    ) -> Call[Any]:
        assert isinstance(request, method.request), "as mypy has it of the client"
        return Call(method, to or method.owner, request, token, request_id or new_id())

    def ask(
        self, method: Method[Any, Any], request: Any, *, deadline: float = 3.0, **options: Any
    ) -> Any:
        [outcome] = self.ask_all([self.prepare_call(method, request, **options)], deadline)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def ask_all(self, calls: list[Call], _deadline: float = 3.0) -> list[SimpleNamespace | Refusal]:
        self.rounds += bool(calls)
        return [self._outcome(call) for call in calls]

    def _outcome(self, call: Call) -> SimpleNamespace | Refusal:
        dumped = json.loads(json.dumps(call.method.dump_request(call.request)))
        request = call.method.load_request(dumped)
        self.asked.append((call.to, call.method.name, call.request_id, request))
        answer = self._answers.get((call.to, call.method.name))
        if answer is None:
            return NoAnswer(callee=call.to)
        try:
            return call.method.load_answer(
                json.loads(json.dumps(call.method.dump_answer(answer(request))))
            )
        except Refusal as refusal:
            return refusal


def _raise(refusal: Refusal) -> dict[str, Any]:
    raise refusal


@dataclass
class Child:
    """A child as the dossier names it on a guardian's card."""

    first_name: str = "Manon"
    birth_date: date = date(2019, 3, 2)
    providers: tuple[str, ...] = ("ens", "agg")
    missing: tuple[str, ...] = ()
    id: str = field(default_factory=new_id)
    leaves_after: date | None = None

    @property
    def row(self) -> dict[str, Any]:
        leaves = {"leaves_after": self.leaves_after} if self.leaves_after else {}
        return {
            **leaves,
            "id": self.id,
            "first_name": self.first_name,
            "last_name": "Lefèvre",
            "birth_date": self.birth_date,
            "school": "École Jules-Ferry",
            "providers": list(self.providers),
            "missing": list(self.missing),
        }


@dataclass
class Portal:
    """The portal: its pages, its service on the bus, and its callees."""

    site: Site
    callees: Callees
    service: PortalService
    environment: dict[str, str] = field(default_factory=dict)
    """The environment of another process of this portal."""

    def receives(self, event: Event, source: str, **payload: Any) -> None:
        """Let the portal's service handle an event of `source`."""
        handled(self.service, event, source, **payload)

    def receives_guardian_card(
        self, subject: str, households: list[str], *children: Child, version: int = 1
    ) -> None:
        self.receives(
            guardians.guardian_card,
            "dossier",
            subject=subject,
            version=version,
            at=now(),
            households=households,
            children=[child.row for child in children],
        )

    def receives_family_card(
        self, source: str, household: str, *children: dict[str, Any], version: int = 1
    ) -> None:
        self.receives(
            family_cards.family_card,
            source,
            household_id=household,
            version=version,
            at=now(),
            children=list(children),
        )

    def receives_notice(self, source: str, household: str, key: str, **more: Any) -> None:
        event = {"kind": "closure", "child_ids": [], "detail": {}, "at": now(), **more}
        self.receives(family_cards.notice, source, household_id=household, key=key, **event)

    def published(self, event: Event) -> list[dict[str, Any]]:
        """Return the outbox rows of one event type, opened."""
        outbox = kit_table(store.metadata, "outbox")
        with store.read() as read:
            rows = read.execute(outbox.select().where(outbox.c.type == event.full_name)).all()
        return [{"key": row.key, **json.loads(store.unsealed_body(row))} for row in rows]


@contextmanager
def portal_on(
    database: Database,
    home: Path,
    amqp_uri: str = NOBODY_LISTENS,
    rows: dict[str, Any] | None = None,
    **more: str,
) -> Iterator[Portal]:
    """
    Give the portal on a fresh database, in the demo town or in that of these `rows`.

    `more` is of its environment.
    """
    database.migrated("portal_gateway")
    (home / "register.json").write_text(json.dumps(rows or demo_rows()))
    environment = {
        "PREAU_HOME": str(home),
        "PREAU_PRINCIPAL": "portal",
        "AMQP_URI": amqp_uri,
        "DATABASE_URL": database.url,
        "KEY_ENCRYPTION_KEY": base64.b64encode(os.urandom(32)).decode(),
        "SECRET_KEY": "for this test alone",
        **more,
    }
    settings = Settings.from_env(environment)
    site, callees = create_app(settings), Callees()
    site.extensions["preau_bus"] = callees
    callees.answers("identity", sign_ins.sign_act, lambda request: {"signed": request.digest})
    service = type("Portal", (PortalService,), {"settings": settings})()
    yield Portal(site, callees, service, environment)
    store.close()
    require_another_key_fits(database.url, store.sealed_columns, settings.key_encryption_key)


def sign_in(browser: FlaskClient, subject: str, name: str = "Claire Lefèvre") -> str:
    """Sign a subject in as identity would; return the secret in the cookie."""
    cookie = browser.get_cookie("portal_session")
    answer = sign_ins.OpenedSession(
        subject=subject,
        kind="family",
        name=name,
        session="identity-session",
        token="person-token",
        expires_at=now() + timedelta(minutes=5),
    )
    secret = sessions.start_session(answer, now(), former=cookie.value if cookie else "")
    browser.set_cookie("portal_session", secret)
    return secret


def last_proof_is_old(minutes: int = 16) -> None:
    """Let everybody who is signed in have proved themselves so long ago."""
    with store.write() as write:
        write.execute(update(WebSession).values(proven_at=now() - timedelta(minutes=minutes)))


def posts(browser: FlaskClient, path: str, **fields: Any) -> Any:
    """Send a form as a browser does, with the token and the act of a page of ours."""
    page = browser.get("/compte").text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return browser.post(path, data={"csrf_token": found[1], "act": new_id(), **fields})


def main_of(page: str) -> str:
    """Return what a page says, in plain spaces, without the shell around it."""
    return _text_of(page.partition("<main")[2].partition("</main>")[0])


def confirmation_of(page: str) -> str:
    """Return what a page says that the last act did; "" where it says nothing."""
    notice = r'<(div|section) class="notice [a-z]+"[^>]* id="confirmation".*?</\1>'
    found = re.search(notice, page, re.S)
    return _text_of(found[0]).strip() if found else ""


def _text_of(html: str) -> str:
    text = re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " ").replace("\u202f", " ")
    return re.sub(r"\s+", " ", text).replace(" ,", ",")


def at(day: date, clock: str) -> datetime:
    """Return a moment of a day in France."""
    return datetime.combine(day, time.fromisoformat(clock), PARIS)


def day(
    state: str = states.BOOKED,
    *,
    on: date | None = None,
    activity: str = "Restauration scolaire",
    until: datetime | None = None,
    seen_at: datetime | None = None,
    hours: tuple[str, str] = ("11:30", "13:20"),
    session_id: str = "",
) -> dict[str, Any]:
    """Return one session as a card or a calendar tells it; tomorrow's, where no day is given."""
    on = on or today() + timedelta(days=1)
    return {
        "session_id": session_id or new_id(),
        "day": on,
        "starts_at": at(on, hours[0]),
        "ends_at": at(on, hours[1]),
        "activity_id": new_id(),
        "activity": activity,
        "group": "Groupe 1",
        "state": state,
        "until": until,
        "seen_at": seen_at,
    }


def week_line(provider: str, child_id: str, booked: dict[str, Any]) -> str:
    """Return what the page of weeks sends of a line with one booked day; no box beside: cancel."""
    shown = f"{booked['session_id']}.{booked['day']}"
    return "|".join(("1", provider, child_id, "", "", shown, booked["activity"]))


def place(activity: str = "Restauration scolaire", **more: Any) -> dict[str, Any]:
    return {
        "place_id": new_id(),
        "activity_id": new_id(),
        "activity": activity,
        "group": "Groupe 1",
        "site": "École Jules-Ferry",
        "booking": "by_day",
        "weekdays": [1, 2, 4, 5],
        "starts": "11:30",
        "ends": "13:20",
        "valid_from": date(2026, 9, 1),
        "valid_to": None,
        **more,
    }


def application(state: str, activity: str = "Judo", **more: Any) -> dict[str, Any]:
    return {
        "application_id": new_id(),
        "activity_id": new_id(),
        "activity": activity,
        "group": "Mercredi",
        "state": state,
        "rank": None,
        "answer_until": None,
        "reason": "",
        "reason_detail": {},
        "submitted_at": now(),
        **more,
    }


def renewal(
    activity: str = "Restauration scolaire", state: str = "asked", **more: Any
) -> dict[str, Any]:
    """Return a line of a campaign: a lunch that goes on as it is, booked by the day."""
    times = {
        "activity_id": new_id(),
        "activity": activity,
        "code": "canteen",
        "group": "Groupe 1",
        "site": "École Jules-Ferry",
        "weekdays": [1, 2],
        "starts": "11:30",
        "ends": "13:20",
    }
    following = {
        **times,
        "activity_id": new_id(),
        "meets": [1, 2, 4, 5],
        "first_day": date(2027, 9, 1),
        "last_day": date(2028, 7, 3),
        **more.pop("next", {}),
    }
    until = now() + timedelta(days=20)
    return {
        "renewal_id": new_id(),
        "state": state,
        "why": "same",
        "until": until,
        "kept_until": until if state == "asked" else None,
        "by_day": True,
        "now": {**times, **more.pop("now", {})},
        "next": following,
        "school_year": "2027-2028",
        "place_id": None,
        **more,
    }


def part(child: Child, **told: Any) -> dict[str, Any]:
    """Return a child's part of a card."""
    return {"child_id": child.id, "places": [], "applications": [], "days": [], **told}


def offer(*, group_id: str = "", **more: Any) -> dict[str, Any]:
    """Return an activity as it is published: judo on Wednesdays, for children of 2018 to 2020."""
    group = {
        "group_id": group_id or new_id(),
        "label": "Judo 6-8 ans, mercredi",
        "availability": "open",
        "born_from": date(2018, 1, 1),
        "born_to": date(2020, 12, 31),
        "weekdays": [3],
        "starts": "14:00",
        "ends": "15:00",
        "first_day": today() - timedelta(days=60),
        "last_day": today() + timedelta(days=200),
    }
    return {
        "code": "judo",
        "label": "Judo",
        "description": "Une heure par semaine avec un éducateur diplômé.",
        "site": "Dojo de l’agglomération",
        "school_year": "2026-2027",
        "booking": "whole",
        "allocation": "order",
        "opens_at": now() - timedelta(days=30),
        "closes_at": None,
        "book_before": "0@09:00",
        "cancel_before": "0@09:00",
        "criteria": [],
        "groups": [group],
        **more,
    }
