"""The page of weeks: boxes of several children and providers, saved by one form."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.portal_gateway.session import sessions
from shared.contracts.billing import bills
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.places import family_acts, published_offer, states
from shared.contracts.errors import Failed
from shared.contracts.identity import sign_ins
from shared.contracts.portal_gateway import portal_events
from shared.dates.clock import now, today
from shared.dates.periods import monday_of
from shared.runtime.ids import new_id
from shared.web.language import typography
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import AGG, CLAIRE, ENS, Child, Portal, confirmation_of, main_of, part
from tests.factories.portal_bills import BILLING, price

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

    def meets(self, child: Child, on: date, state: str = states.FREE, **more: Any) -> str:
        """Give the child a session on a day; siblings share it. Return its id."""
        session_id = self.ids.setdefault(on, new_id())
        one = make.day(state, on=on, activity=self.activity, hours=self.hours)
        told = {"session_id": session_id, "activity_id": self.activity_id, "until": _later(on)}
        self.days[child.id, on] = one | told | more
        return session_id

    def calendar(self, request: SimpleNamespace) -> dict[str, Any]:
        own = [day for (child_id, _on), day in self.days.items() if child_id == request.child_id]
        return {"days": [day for day in own if request.first <= day["day"] <= request.last]}

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


@pytest.fixture
def town(portal: Portal) -> Town:
    """Give two sisters at one canteen, all but Wednesday free; one of them goes to judo too."""
    canteen = Desk(CANTEEN, "Restauration", ("11:30", "13:20"))
    judo = Desk(JUDO, "Judo", ("17:00", "18:00"))
    for child in (INES, LOU):
        for weekday in SCHOOL:
            canteen.meets(child, weekday_of(weekday))
    judo.meets(INES, weekday_of(3), states.BOOKED)
    for source, desk in ((ENS, canteen), (AGG, judo)):
        portal.callees.answers(source, family_acts.calendar, desk.calendar)
        portal.callees.answers(source, family_acts.change_bookings, desk.change)
    told = {"activity_id": CANTEEN, "version": 1}
    offered = make.offer(code="canteen", label="Restauration", cancel_before="1@18:00")
    portal.receives(published_offer.activity_published, ENS, **told, content=offered)
    costs = {"prices": [price(270, provider="ens", activity="canteen")]}
    portal.callees.answers(BILLING, bills.simulate, lambda _request: costs)
    return Town(portal, canteen, judo)


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows Claire's family."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], INES, LOU)
        held = [
            part(
                child,
                places=[
                    make.place(
                        "Restauration", activity_id=CANTEEN, place_id=CANTEEN_PLACES[child.id]
                    )
                ],
            )
            for child in (INES, LOU)
        ]
        portal.receives_family_card(ENS, HOUSEHOLD, *held)
        yield portal


@pytest.fixture
def week(town: Town, browser: FlaskClient) -> Week:
    return Week(browser).opens(next_week())


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


def test_eight_lunches_of_two_sisters_are_one_save_and_one_order_for_each(
    town: Town, week: Week
) -> None:
    week.saves(week.ticks(*lunches(INES, LOU)))

    asked = changes(town)
    assert {request.child_id: len(request.book) for request in asked} == {INES.id: 4, LOU.id: 4}
    assert all(not request.cancel for request in asked)
    assert "8 réservations enregistrées, 21,60 €" in week.confirmation
    assert "Inès, Restauration, " in week.confirmation
    assert said(weekday_of(5)) in week.confirmation
    assert "réservé, 10,80 €" in week.confirmation


def test_one_save_reaches_several_providers_and_says_what_it_spares(town: Town, week: Week) -> None:
    week.saves(week.ticks((LOU, "Restauration", weekday_of(1)), (INES, "Judo", weekday_of(3))))

    assert {
        (request.child_id, len(request.book), len(request.cancel)) for request in changes(town)
    } == {
        (LOU.id, 1, 0),
        (INES.id, 0, 1),
    }
    assert "2 changements enregistrés" in week.confirmation
    assert f"Inès, Judo, {said(weekday_of(3))} : annulé à temps" in week.confirmation


def test_a_cancelled_lunch_says_the_price_that_is_not_billed(town: Town, week: Week) -> None:
    town.canteen.meets(LOU, weekday_of(1), states.BOOKED)
    week.opens(next_week())

    week.saves(week.ticks((LOU, "Restauration", weekday_of(1))))

    assert "annulé à temps, 2,70 € ne seront pas facturés" in week.confirmation


def test_what_nobody_touched_is_not_ordered_though_it_changed_meanwhile(
    town: Town, week: Week
) -> None:
    sent = week.ticks((INES, "Restauration", weekday_of(1)))
    town.canteen.meets(LOU, weekday_of(2), states.BOOKED)  # her father booked it meanwhile

    week.saves(sent)

    [request] = changes(town)
    assert (request.child_id, request.cancel) == (INES.id, [])


def test_a_save_without_a_change_asks_nobody_and_says_so(town: Town, week: Week) -> None:
    week.saves(week.fields)

    assert changes(town) == []
    assert "rien n’est à enregistrer" in week.confirmation


def test_a_save_sent_twice_is_the_same_orders(town: Town, week: Week) -> None:
    sent = week.ticks(*lunches(INES, LOU))

    week.saves(sent)
    week.saves(sent)

    ids = [a[2] for a in town.portal.callees.asked if a[1] == family_acts.change_bookings.name]
    assert len(ids) == 4
    assert len(set(ids)) == 2


def test_all_of_a_save_is_taken_back_by_one_act(town: Town, week: Week) -> None:
    week.saves(week.ticks(*lunches(INES, LOU), (INES, "Judo", weekday_of(3))))

    assert "Annuler ces 9 changements" in week.confirmation
    week.undoes()

    assert {day["state"] for day in town.canteen.days.values()} == {states.CANCELLED}
    assert {day["state"] for day in town.judo.days.values()} == {states.BOOKED}
    assert "9 changements enregistrés" in week.confirmation


def test_a_day_that_is_full_or_too_late_meanwhile_is_said_and_the_others_are_saved(
    town: Town, week: Week
) -> None:
    town.canteen.becomes = {
        town.canteen.ids[weekday_of(1)]: "full",
        town.canteen.ids[weekday_of(2)]: "late",
    }

    week.saves(week.ticks(*lunches(INES)))

    assert "2 changements enregistrés, 2 pas enregistrés" in week.confirmation
    assert f"{said(weekday_of(1))} : complet, rien n’est réservé" in week.confirmation
    assert f"{said(weekday_of(2))} : le délai est passé, rien n’a changé" in week.confirmation
    assert "Annuler ces 2 changements" in week.confirmation


def test_a_stopped_provider_leaves_its_days_on_their_way_and_the_others_are_saved(
    town: Town, week: Week
) -> None:
    town.portal.callees.answers(AGG, family_acts.change_bookings, None)

    week.saves(week.ticks(*lunches(LOU), (INES, "Judo", weekday_of(3))))

    assert "4 changements enregistrés, 1 en route" in week.confirmation
    assert "ce sera fait à son retour" in week.confirmation
    [told] = town.portal.published(portal_events.family_act)
    assert told["method"] == "change_bookings"
    assert f"Inès, Judo, {said(weekday_of(3))} : en route" in week.says
    with pytest.raises(AssertionError, match="no box"):
        week.box(INES, "Judo", weekday_of(3))


def test_a_sisters_day_is_hers_while_the_others_is_on_its_way(town: Town, week: Week) -> None:
    town.portal.callees.answers(ENS, family_acts.change_bookings, None)

    week.saves(week.ticks((INES, "Restauration", weekday_of(1))))

    assert week.box(LOU, "Restauration", weekday_of(1))


def test_where_nothing_answers_the_page_says_what_is_not_saved(town: Town, week: Week) -> None:
    town.portal.callees.answers(AGG, family_acts.change_bookings, None)
    town.portal.callees.answers("identity", sign_ins.sign_act, None)

    week.saves(week.ticks(*lunches(LOU), (INES, "Judo", weekday_of(3))))

    assert "4 changements enregistrés, 1 pas enregistré" in week.confirmation
    assert "rien ne répond" in week.confirmation


def test_a_provider_that_fails_hides_nothing_of_what_the_others_did(town: Town, week: Week) -> None:
    town.portal.callees.answers(AGG, family_acts.change_bookings, Failed())

    week.saves(week.ticks(*lunches(LOU), (INES, "Judo", weekday_of(3))))

    assert "4 changements enregistrés, 1 pas enregistré" in week.confirmation
    assert "Appelez-le" in week.confirmation


def test_a_confirmation_stays_while_the_page_renews_itself_and_goes_with_the_next(
    town: Town, week: Week
) -> None:
    week.saves(week.ticks(*lunches(LOU)))
    first = week.confirmation

    shown = re.search(r'data-shown="([^"]+)"', week.text)
    assert shown
    headers = {"X-Preau-By-Itself": "1", "X-Preau-Shown": shown[1]}
    renewed = Week(week.browser, week.browser.get(next_week(), headers=headers).text)

    assert renewed.confirmation == first
    assert not week.opens(next_week()).confirmation


def test_eighty_changes_are_confirmed_within_what_a_cookie_holds(
    town: Town, browser: FlaskClient
) -> None:
    first = weekday_of(1)
    for child in (INES, LOU):
        for ahead in range(40):
            town.canteen.meets(child, first + timedelta(days=ahead), states.FREE)
    page = Week(browser).opens(f"/semaine?du={first}&vue=vacances")
    fields = page.fields
    for name, value in re.findall(r'name="(jour\d+)" value="([^"]+)"(?! checked)', page.text):
        fields.setdefault(name, []).append(value)

    answer = browser.post("/semaine", data=fields)

    assert answer.status_code == 303
    assert len(answer.headers["Set-Cookie"]) < 4_000


# Filling without saving


def test_last_week_fills_the_boxes_and_saves_nothing(town: Town, browser: FlaskClient) -> None:
    for weekday, state in ((1, states.PRESENT), (2, states.EXCUSED), (4, states.FREE)):
        town.canteen.meets(INES, weekday_of(weekday, weeks=0), state)

    page = Week(browser).opens(f"{next_week()}&comme=derniere")

    assert changes(town) == []
    assert "2 cases ont changé, rien n’est encore enregistré" in page.says
    page.saves(page.fields)
    [request] = changes(town)
    assert set(request.book) == {town.canteen.ids[weekday_of(each)] for each in (1, 2)}


def test_as_usual_fills_by_the_pattern_of_each_place(town: Town, browser: FlaskClient) -> None:
    page = Week(browser).opens(f"{next_week()}&comme=habitude")

    page.saves(page.fields)

    assert [len(request.book) for request in changes(town)] == [4, 4]


def test_all_lunches_of_all_children_are_ticked_by_one_link(
    town: Town, browser: FlaskClient
) -> None:
    page = Week(browser).opens(f"{next_week()}&tout=Restauration")

    assert "8 cases ont changé" in page.says


def test_days_are_repeated_until_the_holidays_and_seen_before_they_are_saved(
    town: Town, week: Week
) -> None:
    town.canteen.meets(INES, weekday_of(1, weeks=2))
    town.canteen.meets(INES, weekday_of(2, weeks=2), states.BOOKED)
    sent = week.ticks((INES, "Restauration", weekday_of(1)))

    ahead = week.saves({**sent, "do": ["repeat"]})

    assert changes(town) == []
    ahead.saves(ahead.fields)
    [request] = changes(town)
    assert town.canteen.ids[weekday_of(1)] in request.book
    assert request.child_id == INES.id


# What a cell says


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (states.PRESENT, "présent"),
        (states.ABSENT, "absent"),
        (states.EXCUSED, "excusé"),
        (states.BOOKED, "réservé"),
        (states.CANCELLED, "annulé"),
        (states.CLOSED, "fermé"),
        (states.OTHER, "autre foyer"),
        (states.FREE, "non réservé"),
    ],
)
def test_a_day_gone_by_says_what_happened(
    town: Town, browser: FlaskClient, state: str, word: str
) -> None:
    on = weekday_of(2, weeks=-1)
    town.canteen.meets(INES, on, state, until=None)

    page = Week(browser).opens(f"/semaine?du={on}")

    assert f"Inès, Restauration, {said(on)} : {word}" in page.says
    assert 'type="checkbox"' not in page.text


def test_a_past_week_of_which_nothing_is_known_points_at_the_bills(
    town: Town, browser: FlaskClient
) -> None:
    page = Week(browser).opens(f"/semaine?du={weekday_of(1, weeks=-3)}")

    assert "Voir ce qui a été facturé" in page.says
    assert ": rien" not in page.says


def test_a_box_has_its_whole_name_and_a_line_its_price_and_deadline(week: Week) -> None:
    assert re.search(
        r"Inès, Restauration, [a-zû]+ \d+(er)? [a-zûé]+( \d+)?, 2,70 €, jusqu’à [^:]+, 9 h :",
        week.says,
    )
    assert "2,70 € ; jusqu’au jour ouvré précédent, 18 h" in week.says


@pytest.mark.parametrize("at", ["evening", "morning"])
def test_whose_week_it_is_stands_under_the_childs_name_with_the_hour_of_handing_over(
    town: Town, browser: FlaskClient, at: str
) -> None:
    weeks = {"even": HOUSEHOLD, "odd": "", "changes_on": 5, "changes_at": at}
    weeks |= {"school_days": None, "holidays": None, "summer": "halves"}
    town.portal.receives(
        guardians.guardian_card,
        "dossier",
        subject=CLAIRE,
        version=2,
        at=now(),
        households=[HOUSEHOLD],
        children=[{**INES.row, "weeks": weeks}, LOU.row],
    )

    page = Week(browser).opens(next_week()).says

    when = {"evening": "après l’école ou le soir", "morning": "avant l’école"}[at]
    assert f"jusqu’au {said(weekday_of(5))}, {when}, puis " in page
    assert ("Chez vous jusqu’au" in page) != ("Dans l’autre foyer jusqu’au" in page)


def test_a_deadline_is_said_once_below_the_boxes_after_all_that_have_it(
    town: Town, browser: FlaskClient
) -> None:
    offered = make.offer(code="judo", label="Judo", cancel_before="1@18:00")
    told = {"activity_id": JUDO, "version": 1, "content": offered}
    town.portal.receives(published_offer.activity_published, AGG, **told)

    _boxes, _heading, below = Week(browser).opens(next_week()).says.partition("Jusqu’à quand")

    assert "Restauration et Judo : jusqu’au jour ouvré précédent, 18 h" in below
    assert below.count("jusqu’au jour ouvré") == 1


def test_a_month_of_one_child_has_the_same_boxes(town: Town, browser: FlaskClient) -> None:
    on = weekday_of(2)

    page = Week(browser).opens(f"/semaine?du={on}&vue=mois&enfant={LOU.id}")

    assert page.box(LOU, "Restauration", on)
    assert "Inès, Restauration" not in page.says
    page.saves(page.ticks((LOU, "Restauration", on)))
    assert "1 réservation enregistrée, 2,70 €" in page.confirmation
    assert typography.month(on, "fr").capitalize() in page.says


def test_without_prices_the_page_is_whole(town: Town, browser: FlaskClient) -> None:
    town.portal.callees.answers(BILLING, bills.simulate, None)

    page = Week(browser).opens(next_week())
    page.saves(page.ticks(*lunches(LOU)))

    assert "4 réservations enregistrées" in page.confirmation
    assert "€" not in page.says


def test_the_page_is_one_round_of_questions(town: Town, browser: FlaskClient) -> None:
    town.portal.callees.rounds = 0

    Week(browser).opens(next_week())

    assert town.portal.callees.rounds == 1


# Rights and mistakes


@pytest.mark.parametrize(
    "breaks",
    [
        lambda value: value.replace(INES.id, new_id()),
        lambda value: value.replace("|ens|", "|gone|"),
    ],
)
def test_a_child_or_a_provider_that_is_not_the_familys_is_not_found_and_nothing_is_ordered(
    town: Town, week: Week, breaks: Callable[[str], str]
) -> None:
    sent = week.ticks(*lunches(INES, LOU))
    sent["ligne"] = [breaks(each) for each in sent["ligne"]]

    answer = week.browser.post("/semaine", data=sent)

    assert answer.status_code == 404
    assert changes(town) == []


@pytest.mark.parametrize("ligne", ["", "x|ens", "1|ens|a|b|c|not-an-id.2026-12-07|d"])
def test_a_form_that_no_page_sends_is_refused(town: Town, week: Week, ligne: str) -> None:
    answer = week.browser.post("/semaine", data={**week.fields, "ligne": [ligne]})

    assert answer.status_code == 400
    assert changes(town) == []


def test_boxes_ticked_when_the_session_ran_out_come_back_ticked(town: Town, week: Week) -> None:
    typed = week.ticks(*lunches(LOU))
    secret = make.sign_in(week.browser, CLAIRE)
    sessions.save_form(secret, "/semaine", {n: v for n, v in typed.items() if n != "csrf_token"})

    again = week.opens("/semaine")

    assert "avant que la session se ferme" in again.says
    again.saves(again.fields)
    [request] = changes(town)
    assert len(request.book) == 4
