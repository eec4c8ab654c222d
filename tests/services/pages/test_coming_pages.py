"""Attendance mode of a child's place: noted by who decides on applications, never why."""

from datetime import timedelta
from typing import Any

from services.enrolment.attendance.quantities.queries import priced_modes_of_places as coming
from services.enrolment.models import PlaceVariant
from services.enrolment.offer.tariffs.commands import editing
from services.enrolment.places.placing.queries import places_and_activities as placing
from services.enrolment.store import store
from shared.dates.clock import today
from tests.factories import enrolment as make
from tests.factories import places
from tests.factories import tariffs as tariff
from tests.factories.enrolment import Provider
from tests.factories.tariffs import OUTSIDE, TOWN, grid, last_year, soon

DAY = timedelta(days=1)


def test_an_agent_notes_that_a_child_brings_its_meal_and_never_why(ens: Provider) -> None:
    agent = make.desk_of(ens)
    agent.signs_in(ens.has_agent("school_desk"))
    family = places.Family()
    places.arrives(ens, family)
    asked = places.asks(family, places.a_group(places=5), from_day=today())
    page = f"/demandes/{asked['application_id']}"
    assert "Comment l’enfant vient" not in agent.sees(page)
    tariff.with_tariff(grid(last_year()))
    with store.write() as write:
        editing.add_grid(write, "meal", own_meal_grid(), today(), variants=["", "own_meal"])
    assert "Comment l’enfant vient Comme d’habitude" in agent.sees(page)
    form = {"variant": "own_meal", "first": (today() - DAY).isoformat()}
    assert agent.sends(f"{page}/venue", at=page, **form).status_code == 422

    agent.sends(f"{page}/venue", at=page, **form | {"first": soon().isoformat()})

    with store.read() as read:
        (row,) = read.query(PlaceVariant)
        (place,) = placing.places_of_application(read, str(asked["application_id"]))
        assert coming.attendance_mode_of_place_on_day(read, place.id, soon() - DAY) == ""
    assert (row.valid_from, row.variant) == (soon(), "own_meal")
    words = agent.sees(page).lower()
    assert ": apporte son repas" in words
    assert "allergi" not in words and "santé" not in words
    assert (
        agent.sends(f"{page}/venue", at=page, variant="gold", first=form["first"]).status_code
        == 422
    )


def own_meal_grid() -> dict[str, Any]:
    usual = tariff.column([tariff.band(0, None, 300)], TOWN, OUTSIDE)
    own = tariff.column([tariff.band(0, None, 80)], TOWN, OUTSIDE, variant="own_meal")
    return grid(soon(), parts=[tariff.part(usual, own)])
