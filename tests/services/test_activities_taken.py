"""Activities of a child: told to the dossier where a projection depends on them (R2)."""

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from services.enrolment.handlers.comparison import PUBLISHED
from services.enrolment.models import Place
from services.enrolment.store import store
from shared.contracts.enrolment.sharing import activities_taken as contracts
from shared.database.comparison.compared_states import Route
from shared.dates.clock import today
from tests.factories import places as family
from tests.factories.enrolment import Provider
from tests.factories.places import Family
from tests.factories.register import demo_rows


@pytest.fixture
def bus_lines(ens: Provider, tmp_path: Path) -> None:
    """Let the register send this provider the school of the children at two activities alone."""
    _bind(ens, tmp_path, "bus", "ferry")


def _bind(provider: Provider, tmp_path: Path, *activities: str) -> None:
    rows = demo_rows()
    for row in rows["entitlements"]:
        if (row["provider"], row["projection"]) == ("ens", "schooling"):
            row["activities"] = list(activities)
    (tmp_path / "register.json").write_text(json.dumps(rows))
    provider.settings.register._file._looked_at = 0.0


def told(provider: Provider) -> list[list[str]]:
    return [event["activities"] for event in provider.published("activities_taken")]


def gives_up(family_: Family) -> None:
    """Let the child's places end yesterday, as a year ends: by the day alone."""
    with store.write() as write:
        ended = update(Place).where(Place.child_id == family_.child.id)
        yesterday = today() - timedelta(days=1)
        write.execute(ended.values(valid_from=yesterday, valid_to=yesterday))


def test_an_application_that_waits_tells_it_and_one_that_is_withdrawn_takes_it_back(
    ens: Provider, bus_lines: None
) -> None:
    group = family.a_group(places=1, code="bus")
    first, second = family.arrived(ens, 2)

    family.asks(first, group)
    waiting = family.asks(second, group)
    assert told(ens) == [["bus"], ["bus"]]
    family.withdraws(second, waiting["application_id"])

    assert told(ens) == [["bus"], ["bus"], []]


def test_of_an_activity_on_which_nothing_depends_the_dossier_learns_nothing(
    ens: Provider, bus_lines: None
) -> None:
    (child,) = family.arrived(ens, 1)

    family.asks(child, family.a_group(places=None, code="canteen"))

    assert told(ens) == []


def test_the_whole_is_told_in_order_and_once(ens: Provider, bus_lines: None) -> None:
    (child,) = family.arrived(ens, 1)

    family.asks(child, family.a_group(places=None, code="ferry"))
    family.asks(child, family.a_group(places=None, code="bus"))
    family.asks(child, family.a_group(places=None, code="bus"))

    assert told(ens) == [["ferry"], ["bus", "ferry"]]
    assert [event["version"] for event in ens.published("activities_taken")] == [1, 2]


def test_a_place_that_ended_by_its_day_is_told_by_the_clock_and_once(
    ens: Provider, bus_lines: None
) -> None:
    (child,) = family.arrived(ens, 1)
    family.asks(child, family.a_group(places=None, code="bus"))
    ens.service.republish_activities()
    assert told(ens) == [["bus"]]

    gives_up(child)
    ens.service.republish_activities()
    ens.service.republish_activities()

    assert told(ens) == [["bus"], []]


def test_a_register_that_comes_to_depend_on_an_activity_is_followed(
    ens: Provider, tmp_path: Path
) -> None:
    (child,) = family.arrived(ens, 1)
    family.asks(child, family.a_group(places=None, code="bus"))
    assert told(ens) == []

    _bind(ens, tmp_path, "bus")
    ens.service.republish_activities()
    assert told(ens) == [["bus"]]
    _bind(ens, tmp_path)
    ens.service.republish_activities()

    assert told(ens) == [["bus"], []]


@pytest.mark.both_databases
def test_two_places_given_in_the_same_instant_are_both_in_the_last_event(
    ens: Provider, bus_lines: None
) -> None:
    (child,) = family.arrived(ens, 1)
    groups = [family.a_group(places=None, code=code) for code in ("bus", "ferry")]
    ready = threading.Barrier(len(groups))

    def ask(group: str) -> None:
        ready.wait()
        family.asks(child, group)

    threads = [threading.Thread(target=ask, args=(group,)) for group in groups]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    events = {event["version"]: event["activities"] for event in ens.published("activities_taken")}
    assert events[max(events)] == ["bus", "ferry"]


def test_it_is_compared_and_published_again_above_what_the_dossier_stores(
    ens: Provider, bus_lines: None
) -> None:
    (child,) = family.arrived(ens, 1)
    family.asks(child, family.a_group(places=None, code="bus"))
    (spec,) = (each for each in PUBLISHED if each.event is contracts.activities_taken)
    route = Route("enrolment_ens", "dossier")

    with store.read() as read:
        facts, following = spec.states(read, route, "")
    with store.write() as write:
        spec.again(write, route, {child.child.id: 7})

    assert [(fact["key"], fact["version"], following) for fact in facts] == [
        (child.child.id, 1, "")
    ]
    assert [event["version"] for event in ens.published("activities_taken")] == [1, 8]
