"""Messages that break the rules poison nothing: put aside unread, while others are served."""

import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.cli.undelivered import died_at_in_words
from deploy.engines.own_postgres import PostgresCluster
from deploy.engines.rabbitmq_node import BrokerNode
from shared.contracts.errors import BadRequest, Failed, NoAnswer
from shared.contracts.every_service import operations
from shared.contracts.message import Empty
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.kit import contracts
from tests.kit.attacks import CALLEE, ME, dropped
from tests.kit.poison import CANARY, EVENTS, MORE, MOST_DELIVERIES, REQUESTS, TWELVE, Poison, Route
from tests.kit.processes import Process
from tests.kit.running import end, heard, shout, start_all, wait_for
from tests.kit.town import KitTown, create_tables, logs_of, until
from tests.kit.wire import DONE, Hand, admin, request

MOST_GROWTH_KB = 60 * 1024


def peak_kb(process: Process) -> int:
    """Return the most memory that a process has ever had."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def deaths_of(letter: Any) -> dict[str, Any]:
    """Return what the broker wrote of a letter's last death; nothing where it cannot be read."""
    deaths = letter.properties.get("application_headers", {}).get("x-death", [{}])
    return dict(deaths[0])


class Ward:
    """Two services under poison: they answer, hear, and stay who they are."""

    def __init__(self, town: KitTown) -> None:
        self.town = town
        self.processes = start_all(town, CALLEE, ME)
        self.portal, self.ops = town.client("portal"), town.client("ops")
        self.lives()
        self.peaks = {name: peak_kb(process) for name, process in self.processes.items()}

    def lives(self) -> None:
        sign = new_id()
        shout(self.portal, ME, "core", sign)
        until(lambda: f"{sign} 0" in heard(self.portal, ME))
        assert self.portal.ask(contracts.echo, contracts.Text(sign)).text == sign
        assert {name: p.poll() for name, p in self.processes.items()} == {CALLEE: None, ME: None}


@pytest.fixture(scope="class")
def ward(node: BrokerNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    town = KitTown(node, tmp_path_factory.mktemp("ward"), "ward")
    ward = Ward(town)
    yield ward
    ward.portal.close()
    ward.ops.close()
    town.stop()


DOSES = [(poison, route) for poison in (*TWELVE, *MORE) for route in poison.routes]


class TestPoison:
    @pytest.mark.parametrize(
        ("poison", "route"),
        DOSES,
        ids=[f"{poison.sentence} among {route.queue}" for poison, route in DOSES],
    )
    def test_is_put_aside_at_once_and_stops_nobody(
        self, ward: Ward, poison: Poison, route: Route
    ) -> None:
        dead = f"dead.{route.owner}"

        before = dropped(ward.town)

        outcome = Hand(ward.town, route.sender).publish(
            route.exchange, route.key, poison.make(route)
        )

        assert outcome == poison.outcome
        if outcome == DONE and route is REQUESTS:
            until(lambda: dropped(ward.town) == before + 1)
        elif outcome == DONE:
            until(lambda: admin(ward.town).depth(dead) == 1)
            [death] = [deaths_of(letter) for letter in admin(ward.town).take_all(dead)]
            assert death.get("reason", "rejected") == "rejected"
            assert death.get("count", 1) == 1
        ward.lives()
        assert admin(ward.town).depth(dead) == 0

    def test_leaves_no_byte_in_any_log_and_takes_no_memory(self, ward: Ward) -> None:
        before = dropped(ward.town)
        Hand(ward.town, REQUESTS.sender).publish(
            REQUESTS.exchange, REQUESTS.key, TWELVE[0].make(REQUESTS)
        )
        until(lambda: dropped(ward.town) == before + 1)
        logs = logs_of(ward.town)
        grown = {name: peak_kb(p) - ward.peaks[name] for name, p in ward.processes.items()}

        print(f"peaks grew by {grown} kB")
        assert CANARY not in logs
        assert not Path(f"/tmp/{CANARY}").exists()
        assert max(grown.values()) <= MOST_GROWTH_KB


def alter(town: KitTown, principal: str, *statements: str) -> None:
    """Change a service's SQLite database behind its back."""
    path = town.databases[principal].removeprefix("sqlite:///")
    with sqlite3.connect(path, timeout=5) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def tell_in_one_batch(town: KitTown, process: Process, texts: list[str]) -> None:
    """Tell a provider's service so many events that it finds them all waiting at once."""
    time.sleep(0.5)  # it took an event before: its full prefetch is open by now
    process.send_signal(signal.SIGSTOP)
    told = Hand(town, CALLEE)
    for each in texts:
        assert told.publish(EVENTS.exchange, EVENTS.key, EVENTS.make(_text(each))) == DONE
    until(lambda: admin(town).depth(f"in.{ME}.events") == 0)
    process.send_signal(signal.SIGCONT)


def _text(content: str) -> bytes:
    return f'{{"text": "{content}"}}'.encode()


def innocents(name: str) -> list[str]:
    return [f"{name} {number}" for number in range(10)]


def test_an_event_that_always_fails_is_parked_and_replayed_once_when_its_cause_is_gone(
    kit: KitTown,
) -> None:
    start_all(kit, CALLEE, ME)
    portal, ops, began = kit.client("portal"), kit.client("ops"), today()
    when = "BEFORE INSERT ON heard WHEN NEW.text LIKE 'blocked%'"
    alter(kit, ME, f"CREATE TRIGGER block {when} BEGIN SELECT RAISE(ABORT, '{CANARY}'); END")

    shout(portal, ME, "core", "blocked")
    shout(portal, ME, "core", "innocent", times=3)
    until(lambda: admin(kit).depth(f"dead.{ME}") == 1)

    assert 2 <= kit.log_of(ME).count("event_failed") <= MOST_DELIVERIES
    [letter] = ops.ask(operations.list_dead, Empty(), to=ME).letters
    said = {"message_id", "type", "source", "reason", "size", "sha256", "died_at", "trace"}
    assert letter.keys() == said
    assert (letter["source"], letter["reason"]) == (CALLEE, "delivery_limit")
    assert died_at_in_words(letter["died_at"])[:10] in {f"{day}" for day in (began, today())}
    assert "blocked" not in str(letter)

    kept = ops.ask(operations.replay_dead, operations.ReplayDeadRequest(), to=ME)
    assert (kept.replayed, kept.kept) == (0, 1)
    until(lambda: admin(kit).depth(f"dead.{ME}") == 1)
    assert sorted(heard(portal, ME)) == [f"innocent {number}" for number in range(3)]

    alter(kit, ME, "DROP TRIGGER block")
    replays = [
        ops.ask(operations.replay_dead, operations.ReplayDeadRequest(), to=ME) for _ in range(2)
    ]
    assert [(each.replayed, each.kept) for each in replays] == [(1, 0), (0, 0)]
    again = EVENTS.make(_text("blocked 0"), message_id=letter["message_id"])
    Hand(kit, CALLEE).publish(EVENTS.exchange, EVENTS.key, again)
    shout(portal, ME, "core", "last")
    until(lambda: "last 0" in heard(portal, ME))
    assert heard(portal, ME).count("blocked 0") == 1
    assert admin(kit).depth(f"dead.{ME}") == 0
    assert CANARY not in logs_of(kit)
    portal.close()
    ops.close()


def test_an_event_that_waits_for_another_try_is_not_acknowledged_with_those_after_it(
    kit: KitTown,
) -> None:
    start_all(kit, CALLEE, ME)
    portal = kit.client("portal")
    shout(portal, ME, "core", "first")
    until(lambda: heard(portal, ME) == ["first 0"])

    shout(portal, ME, "core", "fail")
    for number in range(25):  # each in a batch of its own, in which nothing fails
        shout(portal, ME, "core", f"after {number}")
        time.sleep(0.05)

    until(lambda: admin(kit).depth(f"dead.{ME}") == 1)
    assert len(heard(portal, ME)) == 1 + 25
    assert 2 <= kit.log_of(ME).count("event_failed") <= MOST_DELIVERIES
    portal.close()


def test_an_event_that_kills_its_consumer_is_parked_and_those_beside_it_are_handled(
    kit: KitTown,
) -> None:
    process = start_all(kit, CALLEE, ME)[ME]
    portal, database = kit.client("portal"), Database(kit.databases[ME], "", "")
    shout(portal, ME, "core", "first")
    until(lambda: heard(portal, ME) == ["first 0"])

    tell_in_one_batch(kit, process, [*innocents("before"), "die", *innocents("after")])
    deaths = 0
    while admin(kit).depth(f"dead.{ME}") == 0 or process.poll() is not None:
        if process.poll() is not None:
            deaths += 1
            process = kit.start(ME, "enrolment", database)
        time.sleep(0.05)

    wait_for(kit, ME)
    everybody = ["first 0", *innocents("before"), *innocents("after")]
    until(lambda: len(heard(portal, ME)) >= len(everybody))
    assert sorted(heard(portal, ME)) == sorted(everybody)
    assert deaths <= MOST_DELIVERIES
    assert process.poll() is None
    [letter] = admin(kit).take_all(f"dead.{ME}")
    assert letter.body == _text("die")
    assert deaths_of(letter)["reason"] == "delivery_limit"
    portal.close()


def test_an_event_that_cannot_be_committed_spoils_no_other(kit: KitTown) -> None:
    process = start_all(kit, CALLEE, ME)[ME]
    portal = kit.client("portal")
    shout(portal, ME, "core", "first")
    until(lambda: heard(portal, ME) == ["first 0"])
    alter(
        kit,
        ME,
        "CREATE TABLE orphan (parent REFERENCES heard DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TRIGGER spoil AFTER INSERT ON heard WHEN NEW.text = 'spoil' "
        "BEGIN INSERT INTO orphan VALUES ('nobody'); END",
    )

    tell_in_one_batch(kit, process, [*innocents("before"), "spoil", *innocents("after")])

    until(lambda: admin(kit).depth(f"dead.{ME}") == 1)
    everybody = ["first 0", *innocents("before"), *innocents("after")]
    assert sorted(heard(portal, ME)) == sorted(everybody)
    assert process.poll() is None
    portal.close()


def test_events_wait_while_the_database_is_away(
    kit: KitTown, cluster: PostgresCluster, request: pytest.FixtureRequest
) -> None:
    cluster.create_database("away")
    request.addfinalizer(lambda: cluster.drop_database("away"))
    database = Database(cluster.url("away"), cluster.owner_url("away"), "")
    create_tables(database)
    start_all(kit, CALLEE)
    process = kit.start(ME, "enrolment", database)
    wait_for(kit, ME)
    portal = kit.client("portal")

    cluster.stop("immediate")
    shout(portal, ME, "core", "patience", times=3)
    time.sleep(5)  # longer than six deliveries of an event that fails
    parked = admin(kit).depth(f"dead.{ME}")
    cluster.start()

    until(lambda: len(heard(portal, ME)) == 3)
    assert parked == admin(kit).depth(f"dead.{ME}") == 0
    assert process.poll() is None
    portal.close()
    end(process)


def test_an_expired_request_is_never_executed_and_never_replayed(kit: KitTown) -> None:
    portal, me = kit.client("portal"), Hand(kit, ME)
    count = b'{"name": "late"}'
    soon = request(ME, "dossier.count", count, deadline=repr(time.time() + 0.5))
    with pytest.raises(NoAnswer):
        portal.ask(contracts.count, contracts.Name("late"), deadline=0.5)
    assert me.publish(f"out.{ME}", "rpc.dossier.count", soon) == DONE
    time.sleep(0.5)

    start_all(kit, CALLEE)
    until(lambda: admin(kit).depth(f"in.{CALLEE}.rpc.{ME}") == 0)
    ops = kit.client("ops")
    replay = ops.ask(operations.replay_dead, operations.ReplayDeadRequest(), to=CALLEE)

    assert (replay.replayed, replay.kept) == (0, 0)
    assert portal.ask(contracts.count, contracts.Name("late")).total == 1
    portal.close()
    ops.close()


def test_a_flood_of_great_requests_takes_no_memory_where_they_are_dropped(kit: KitTown) -> None:
    process = start_all(kit, CALLEE)[CALLEE]
    me, before = Hand(kit, ME), peak_kb(process)
    great = REQUESTS.make(b" " * (2**20 - 1024))

    for _ in range(80):
        assert me.publish(REQUESTS.exchange, REQUESTS.key, great) == DONE
    until(lambda: dropped(kit) == 80)

    assert peak_kb(process) - before <= MOST_GROWTH_KB


def test_a_flood_of_great_letters_takes_no_memory_where_they_are_listed(kit: KitTown) -> None:
    process = start_all(kit, CALLEE, ME)[ME]
    ops, callee, before = kit.client("ops"), Hand(kit, CALLEE), peak_kb(process)
    great = EVENTS.make(b" " * (2**20 - 1024))

    for _ in range(80):
        assert callee.publish(EVENTS.exchange, EVENTS.key, great) == DONE
    until(lambda: admin(kit).depth(f"dead.{ME}") == 80)
    listed = ops.ask(operations.list_dead, Empty(), to=ME, deadline=20.0).letters

    assert len(listed) == 80
    assert peak_kb(process) - before <= MOST_GROWTH_KB
    ops.close()


def test_a_request_is_dropped_without_leaving_its_caller_waiting(kit: KitTown) -> None:
    start_all(kit, CALLEE)
    portal = kit.client("portal")

    for text in ("a\x00b", "a\x00b", "a\x00b", "a\x00b"):
        with pytest.raises(BadRequest):  # who waits in vain is told NoAnswer
            portal.ask(contracts.echo, contracts.Text(text))

    assert portal.ask(contracts.echo, contracts.Text("bonjour")).text == "bonjour"
    portal.close()


def test_the_text_of_an_exception_reaches_neither_caller_nor_log(kit: KitTown) -> None:
    start_all(kit, CALLEE)
    portal = kit.client("portal")

    with pytest.raises(Failed) as failed:
        portal.ask(contracts.breaks, contracts.Text(CANARY))

    assert failed.value.detail.keys() == {"request_id"}
    assert CANARY not in repr(failed.value) + str(failed.value)
    assert "request_failed" in kit.log_of(CALLEE)
    assert CANARY not in logs_of(kit)
    portal.close()
