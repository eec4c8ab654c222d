"""One id from a click to the last log line and the last row, over requests and events."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from deploy.cli.records.trace import lines_of_files, lines_of_journal, trace_lines
from shared.bus.client import Client
from shared.contracts.every_service import operations
from shared.contracts.message import Empty
from shared.runtime.ids import new_id
from shared.runtime.trace import HEADER, current_trace, traced
from shared.web.base import request_log
from shared.web.base.app import Site
from tests.faults.scene import ALPHA, BETA, Scene, fresh_name
from tests.kit import contracts
from tests.kit.town import until
from tests.kit.wire import Hand, fact, request

CANARY = "canarigracile"


@pytest.fixture(scope="module")
def scene(running: Scene) -> Scene:
    """Give both services, and leave between tests what they log."""
    return running


def logged(scene: Scene, principal: str) -> list[dict[str, Any]]:
    """Return the structured lines of a service."""
    lines = scene.log_of(principal).splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def traces(scene: Scene, principal: str, event: str, trace: str) -> list[dict[str, Any]]:
    found = logged(scene, principal)
    return [row for row in found if row["event"] == event and row.get(HEADER) == trace]


def portal_page(client: Client) -> Flask:
    """Return a page of ours with one button: it has the dossier count a name."""
    app = Site(__name__, static_folder=None)
    request_log.install(app, "portal")

    @app.post("/count/<name>")
    def press(name: str) -> dict[str, Any]:
        return {
            "total": client.ask(contracts.count, contracts.Name(name)).total,
            "trace": current_trace(),
        }

    return app


def noted(scene: Scene, principal: str, table: str) -> set[str | None]:
    """Return the traces in one of the kit's tables."""
    with scene.store(principal) as store, store.read() as read:
        return set(read.scalars(select(store.metadata.tables[table].c.trace)))


def test_one_id_goes_from_a_click_over_a_request_and_an_event_to_a_subscribers_log(
    scene: Scene,
) -> None:
    name = fresh_name()
    page = portal_page(scene.portal).test_client()

    trace = page.post(f"/count/{name}").get_json()["trace"]
    until(lambda: scene.counted(name) == 1)

    [answered] = traces(scene, ALPHA, "answered", trace)
    assert (answered["method"], answered["caller"]) == ("count", "portal")
    until(lambda: traces(scene, BETA, "event_handled", trace))
    [handled] = traces(scene, BETA, "event_handled", trace)
    assert handled["type"] == "dossier.counted"
    assert trace in noted(scene, ALPHA, "answered") and trace in noted(scene, BETA, "inbox")


def test_two_clicks_have_two_ids(scene: Scene) -> None:
    page = portal_page(scene.portal).test_client()

    first, second = (page.post(f"/count/{fresh_name()}").get_json()["trace"] for _ in range(2))

    assert first != second
    assert len(traces(scene, ALPHA, "answered", first)) == 1


def test_an_event_that_waited_in_the_outbox_still_says_of_which_click_it_came(
    scene: Scene,
) -> None:
    name = fresh_name()
    scene.end(ALPHA)

    with scene.store() as store, traced() as trace, store.write() as write:
        write.publish(contracts.counted, contracts.Counted(name, 1))
    assert trace in noted(scene, ALPHA, "outbox")
    scene.restore()

    until(lambda: scene.counted(name) == 1)
    until(lambda: traces(scene, BETA, "event_handled", trace))


def test_what_a_stranger_puts_in_the_place_of_the_id_reaches_no_log(scene: Scene) -> None:
    message = request(
        "portal",
        contracts.count.full_name,
        json.dumps({"name": fresh_name()}).encode(),
        headers={HEADER: CANARY},
        message_id=new_id(),
    )
    before = len(logged(scene, ALPHA))

    Hand(scene.town, "portal").publish("out.portal", f"rpc.{ALPHA}.count", message)

    until(lambda: len(logged(scene, ALPHA)) > before)
    [line] = [row for row in logged(scene, ALPHA)[before:] if row["event"] == "answered"]
    assert line[HEADER] != CANARY and len(line[HEADER]) == 36


def test_a_dead_letter_says_of_which_click_it_came(scene: Scene) -> None:
    trace = new_id()
    message = fact(ALPHA, contracts.counted.full_name, b"{", headers={HEADER: trace})

    Hand(scene.town, ALPHA).publish(f"out.{ALPHA}", "event.counted", message)

    until(lambda: traces(scene, BETA, "event_parked", trace))
    ops = scene.town.client("ops")
    letters = until(lambda: ops.ask(operations.list_dead, Empty(), to=BETA).letters)
    ops.close()
    assert [letter["trace"] for letter in letters] == [trace]


def test_no_log_line_holds_what_was_said_by_requests_events_or_failures(scene: Scene) -> None:
    outcomes = scene.portal.ask_all(
        [
            scene.portal.prepare_call(contracts.echo, contracts.Text(CANARY)),
            scene.portal.prepare_call(contracts.breaks, contracts.Text(CANARY)),
            scene.portal.prepare_call(contracts.count, contracts.Name(CANARY)),
        ]
    )
    scene.shout(f"fail {CANARY}", 1)
    until(lambda: [row for row in logged(scene, BETA) if row["event"] == "event_failed"])

    assert len(outcomes) == 3
    kinds = {row["event"] for row in logged(scene, ALPHA)}
    assert {"answered", "request_failed"} <= kinds
    assert CANARY not in scene.log_of(ALPHA) + scene.log_of(BETA)


def test_the_trace_command_puts_what_all_processes_said_in_order(tmp_path: Path) -> None:
    trace = "01990000-0000-7000-8000-0000000000af"
    other = "01990000-0000-7000-8000-0000000000b0"
    say(tmp_path / "dossier.log", "2026-11-26T10:00:01Z", trace, "answered", method="count")
    say(tmp_path / "dossier.log", "2026-11-26T10:00:01Z", other, "answered", method="echo")
    say(tmp_path / "portal_web.log.1", "2026-11-26T10:00:00Z", trace, "page", endpoint="home")
    (tmp_path / "broker.log").write_text("not ours\n")

    whole = trace_lines(lines_of_files(tmp_path), trace)

    assert [line.split()[1] for line in whole] == ["portal_web", "dossier"]
    assert "endpoint=home" in whole[0] and "method=count" in whole[1]
    assert trace_lines(lines_of_files(tmp_path), "0000AF") == whole
    assert trace_lines(lines_of_files(tmp_path), "ffffff") == []


def test_it_reads_the_journal_where_systemd_keeps_what_processes_print() -> None:
    trace = "01990000-0000-7000-8000-0000000000af"
    said = {"event": "page", "trace": trace, "timestamp": "2026-11-26T10:00:00Z"}
    printed = [
        {"_SYSTEMD_UNIT": "preau-portal-web-2.service", "MESSAGE": json.dumps(said), "_PID": "9"},
        {"_SYSTEMD_UNIT": "preau-portal-web-2.service", "MESSAGE": [123, 255]},
        {"_SYSTEMD_UNIT": "preau-dossier.service", "MESSAGE": f"not of ours: {trace}"},
    ]

    [line] = trace_lines(lines_of_journal("\n".join(map(json.dumps, printed)) + "\n"), "0000AF")

    assert line.split()[1] == "portal_web_2"


def say(path: Path, moment: str, trace: str, event: str, **facts: str) -> None:
    line = {"event": event, **facts, "principal": "p", HEADER: trace, "timestamp": moment}
    with open(path, "a") as log:
        log.write(json.dumps(line) + "\n")
