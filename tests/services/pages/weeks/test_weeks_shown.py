"""The page of weeks fills boxes without saving them, and says of each what a family has to know."""

import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from shared.contracts.billing.prices import simulations
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.places import published_offer, states
from shared.dates.clock import now, today
from shared.register.calendar import BRIDGE, CLOSED, PUBLIC_HOLIDAY, SCHOOL_HOLIDAY
from shared.web.language import typography
from tests.factories import portal as make
from tests.factories.portal import AGG, CLAIRE
from tests.factories.portal_bills import BILLING
from tests.factories.portal_weeks import (
    HOUSEHOLD,
    INES,
    JUDO,
    LOU,
    Town,
    Week,
    changes,
    lunches,
    next_week,
    said,
    weekday_of,
)

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


def test_a_strike_of_last_week_unticks_nothing_this_week(town: Town, browser: FlaskClient) -> None:
    town.canteen.meets(INES, weekday_of(1, weeks=0), states.CLOSED)
    town.canteen.meets(INES, weekday_of(2, weeks=0), states.PRESENT)
    town.canteen.meets(INES, weekday_of(1), states.BOOKED)

    page = Week(browser).opens(f"{next_week()}&comme=derniere")
    page.saves(page.fields)

    [request] = changes(town)
    assert set(request.book) == {town.canteen.ids[weekday_of(2)]}
    assert list(request.cancel) == []


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


# Why a day is empty


def _short(on: date) -> str:
    return typography.with_capital(said(on))


def test_a_public_holiday_and_the_bridge_after_it_are_said_on_their_days(
    town: Town, browser: FlaskClient
) -> None:
    for desk in (town.canteen, town.judo):
        desk.sets_apart(weekday_of(4), PUBLIC_HOLIDAY, "Ascension")
        desk.sets_apart(weekday_of(5), BRIDGE, "Pont : Ascension")
        desk.sets_apart(weekday_of(5), SCHOOL_HOLIDAY, "Pont de l’Ascension")

    page = Week(browser).opens(next_week())

    assert f"{_short(weekday_of(4))} · Férié : Ascension" in page.says
    assert f"{_short(weekday_of(5))} · Pont : Ascension, pas d’accueil" in page.says
    cells = re.findall(r'class="cell void"[^>]*>([^<]*)', page.text)
    assert (cells.count("férié"), cells.count("pont")) == (3, 3)


def test_a_bridge_on_which_a_child_is_received_is_a_bridge_all_the_same(
    town: Town, browser: FlaskClient
) -> None:
    town.canteen.special.append({"day": weekday_of(5), "kind": BRIDGE, "label": "Pont : Ascension"})

    page = Week(browser).opens(next_week())

    assert f"{_short(weekday_of(5))} · Pont : Ascension" in page.says
    assert "pas d’accueil" not in page.says


def test_a_week_of_school_holidays_is_said_once_with_its_days(
    town: Town, browser: FlaskClient
) -> None:
    for weekday in range(1, 8):
        town.canteen.sets_apart(weekday_of(weekday), SCHOOL_HOLIDAY, "Vacances d’Hiver")

    page = Week(browser).opens(next_week())

    assert page.says.count("Vacances d’Hiver") == 1
    first, last = (
        typography.day_and_month(weekday_of(each), "fr").replace(typography.NBSP, " ")
        for each in (1, 5)
    )
    assert f"Du {first} au {last} · Vacances d’Hiver" in page.says


def test_days_that_one_service_closes_are_said_with_its_reason_and_name(
    town: Town, browser: FlaskClient
) -> None:
    town.canteen.sets_apart(weekday_of(1), CLOSED, "formation du personnel")

    page = Week(browser).opens(next_week())

    reason = "Fermé (Service Enseignement) : formation du personnel"
    assert f"{_short(weekday_of(1))} · {reason}" in page.says


def test_a_strike_is_said_with_what_it_closes(town: Town, browser: FlaskClient) -> None:
    for child in (INES, LOU):
        town.canteen.meets(child, weekday_of(2), states.CLOSED, until=None, reason="strike")

    page = Week(browser).opens(next_week())

    assert f"{_short(weekday_of(2))} · Fermé : grève (Restauration)" in page.says
    assert f"Inès, Restauration, {said(weekday_of(2))} : fermé, grève" in page.says


def test_a_day_that_a_calendar_took_from_who_had_booked_has_the_reason_of_the_calendar_alone(
    town: Town, browser: FlaskClient
) -> None:
    town.canteen.sets_apart(weekday_of(2), CLOSED, "travaux")
    town.canteen.meets(INES, weekday_of(2), states.CLOSED, until=None, reason="timetable")

    page = Week(browser).opens(next_week())

    assert f"{_short(weekday_of(2))} · Fermé (Service Enseignement) : travaux" in page.says
    assert "changement de calendrier ou d’horaire (" not in page.says


def test_another_reason_is_not_said(town: Town, browser: FlaskClient) -> None:
    town.canteen.meets(INES, weekday_of(2), states.CLOSED, until=None, reason="other")

    page = Week(browser).opens(next_week())

    assert f"Inès, Restauration, {said(weekday_of(2))} : fermé" in page.says
    assert "fermé, " not in page.says


def test_a_past_week_of_which_nothing_is_known_points_at_the_bills(
    town: Town, browser: FlaskClient
) -> None:
    page = Week(browser).opens(f"/semaine?du={weekday_of(1, weeks=-3)}")

    assert "Voir ce qui a été facturé" in page.says
    assert ": rien" not in page.says


def test_a_box_has_its_whole_name_and_a_line_its_price_and_deadline(week: Week) -> None:
    assert re.search(
        r"Inès, Restauration, [a-zû]+ \d+(er)? [a-zûé]+( \d+)?, 2,70 €, jusqu’(à|au) [^:]+, 9 h :",
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

    next_month = (today().replace(day=1) + timedelta(days=32)).replace(day=1)
    month = Week(browser).opens(f"/semaine?du={next_month}&vue=mois").says
    assert month.count(", puis ") >= 3 and month.count(when) == 1


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
    town.portal.callees.answers(BILLING, simulations.simulate, None)

    page = Week(browser).opens(next_week())
    page.saves(page.ticks(*lunches(LOU)))

    assert "4 réservations enregistrées" in page.confirmation
    assert "€" not in page.says


def test_the_page_is_one_round_of_questions(town: Town, browser: FlaskClient) -> None:
    town.portal.callees.rounds = 0

    Week(browser).opens(next_week())

    assert town.portal.callees.rounds == 1
