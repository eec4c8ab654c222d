"""Reported barriers at the front desk: read by who receives families, answered once, forgotten."""

from datetime import timedelta
from typing import Any

from services.portal_gateway.front_desk.accessibility_reports import commands, queries
from services.portal_gateway.front_desk.service import FrontDeskService
from services.portal_gateway.front_desk.store import store
from shared.contracts.portal_gateway.portal_events import barrier_reported
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories.front_desk.counter import Counter
from tests.factories.travelling import handled

LIST = "/obstacles"


def reported(**more: Any) -> str:
    told = {
        "barrier_id": new_id(),
        "page": "Argent",
        "text": "Le bouton ne répond pas.",
        "contact": "iris@example.org",
        "at": now(),
        **more,
    }
    handled(FrontDeskService(), barrier_reported, "portal", **told)
    return str(told["barrier_id"])


def kept() -> list[queries.Reported]:
    with store.read() as read:
        return queries.reported_barriers(read)


def test_who_receives_families_reads_what_waits_first_and_answers_it(counter: Counter) -> None:
    counter.signs_in("counter")
    first = reported(text="Le premier.", at=now() - timedelta(days=2))
    reported(text="Le second.", contact="")

    counter.desk.sends(f"{LIST}/{first}", at=LIST)
    page = counter.desk.sees(LIST)

    assert page.index("Le second.") < page.index("Le premier.")
    assert "par Hélène Marais" in page
    assert "Pas de réponse demandée." in page


def test_a_report_that_comes_twice_is_one(counter: Counter) -> None:
    one = reported(at=now())
    reported(barrier_id=one)

    assert [each.id for each in kept()] == [one]


def test_a_report_is_answered_once(counter: Counter) -> None:
    counter.signs_in("counter")
    one = reported()

    counter.desk.sends(f"{LIST}/{one}", at=LIST)

    assert counter.desk.sends(f"{LIST}/{one}", at=LIST).status_code == 404
    assert counter.desk.sends(f"{LIST}/{new_id()}", at=LIST).status_code == 404


def test_who_receives_no_families_finds_nothing_of_it(counter: Counter) -> None:
    counter.signs_in("data_protection")
    reported()

    assert counter.desk.client.get(LIST).status_code == 404
    assert LIST not in counter.desk.client.get("/droits").text


def test_an_answered_report_is_forgotten_after_a_month_and_any_after_a_year(
    counter: Counter,
) -> None:
    answered, waits = reported(), reported()
    with store.write() as write:
        commands.note_report_answered(write, answered, new_id(), now())

    def after(days: int) -> list[str]:
        with store.write() as write:
            commands.delete_old_reports(write, now() + timedelta(days=days))
        return [each.id for each in kept()]

    assert set(after(29)) == {answered, waits}
    assert after(31) == [waits]
    assert after(366) == []


def test_what_was_written_is_sealed_in_the_database(counter: Counter) -> None:
    reported(text="Le mot qui ne se lit pas.")

    (row,) = _raw_contents()

    assert "qui ne se lit pas" not in row.decode("latin-1")


def _raw_contents() -> list[bytes]:
    with store.read() as read:
        rows = read.connection().exec_driver_sql("SELECT content FROM barrier")
        return [bytes(row[0]) for row in rows]
