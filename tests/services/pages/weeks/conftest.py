"""Two sisters with a canteen and judo, and their page of next week."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from shared.contracts.billing.prices import simulations
from shared.contracts.enrolment.places import family_acts, published_offer, states
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import AGG, CLAIRE, ENS, Portal, part
from tests.factories.portal_bills import BILLING, price
from tests.factories.portal_weeks import (
    CANTEEN,
    CANTEEN_PLACES,
    HOUSEHOLD,
    INES,
    JUDO,
    LOU,
    SCHOOL,
    Desk,
    Town,
    Week,
    next_week,
    weekday_of,
)


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
    portal.callees.answers(BILLING, simulations.simulate, lambda _request: costs)
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
