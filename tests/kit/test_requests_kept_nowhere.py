"""A request may hold a password: late, unreadable or deadly, its body lies nowhere afterwards."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from deploy.engines.broker_topology import MOST_WAITING, Queue, topology_of_register
from shared.contracts.errors import BadRequest, Failed, NoAnswer
from shared.contracts.every_service import operations
from shared.contracts.message import Empty
from shared.register import parse_register
from tests.databases import Database
from tests.kit import contracts
from tests.kit.attacks import CALLEE, ECHO, ME, dropped
from tests.kit.poison import CANARY, EVENTS, MOST_DELIVERIES, REQUESTS
from tests.kit.processes import Process
from tests.kit.running import end, start_all, wait_for
from tests.kit.town import KitTown, logs_of, until
from tests.kit.wire import DONE, Hand, admin, request

PASSWORD = json.dumps({"login": "camille@exemple.fr", "password": CANARY}).encode()


def found_in(town: KitTown) -> list[str]:
    """Return each queue in which the canary lies, and `log` where a log has it."""
    hand = admin(town)
    queues = [queue.name for queue in town.broker.queues_with_counts()]
    holding = [
        name for name in queues if any(CANARY in str(each.body) for each in hand.take_all(name))
    ]
    return holding + ["log"] * (CANARY in logs_of(town))


UNREADABLE: dict[str, dict[str, Any]] = {
    "a method that nobody has": {"method": "dossier.sign_in"},
    "broken JSON": {"body": PASSWORD[:-1]},
    "a version to come": {"headers": {"version": 2}},
    "no content type": {"content_type": None},
    "no reply slot": {"slot": None},
    "no deadline": {"deadline": None},
    "no id": {"message_id": None},
    "no sender": {"user_id": None},
    "a deadline that has passed": {"deadline": "1.0"},
}
ANSWERED = 4
"""The first ones say who sent them, which request it is and where an answer goes."""


def test_what_cannot_be_read_is_answered_where_it_can_be_and_kept_nowhere(kit: KitTown) -> None:
    start_all(kit, CALLEE)
    me = Hand(kit, ME)

    for parts in UNREADABLE.values():
        sent = request(ME, **{"method": "dossier.echo", "body": PASSWORD, **parts})
        assert me.publish(f"out.{ME}", ECHO, sent) == DONE
    until(lambda: dropped(kit) == len(UNREADABLE))

    answers = [json.loads(each.body) for each in me.take_all(f"in.{ME}.replies.0")]
    assert answers == [{"refusal": BadRequest.code, "detail": {"errors": {}}}] * ANSWERED
    assert found_in(kit) == []


def test_fields_of_another_method_are_refused_and_kept_nowhere(kit: KitTown) -> None:
    start_all(kit, CALLEE)
    me = Hand(kit, ME)

    me.publish(f"out.{ME}", ECHO, request(ME, "dossier.echo", PASSWORD))
    refused = json.loads(until(lambda: me.take(f"in.{ME}.replies.0")).body)

    assert refused["refusal"] == BadRequest.code
    assert CANARY not in str(refused)
    assert found_in(kit) == []


def test_what_comes_too_late_is_kept_nowhere_whoever_sees_that_it_is_late(kit: KitTown) -> None:
    """The broker drops what expires while it waits, the service what it gets too late."""
    soon = repr(time.time() + 0.3)
    for expiration in ("300", None):
        sent = request(ME, "dossier.echo", PASSWORD, deadline=soon, expiration=expiration)
        assert Hand(kit, ME).publish(f"out.{ME}", ECHO, sent) == DONE
    time.sleep(0.5)

    start_all(kit, CALLEE)
    until(lambda: dropped(kit) == 1)

    assert '"reason": "late"' in kit.log_of(CALLEE)
    assert found_in(kit) == []


def test_what_a_flood_pushes_out_is_kept_nowhere(kit: KitTown) -> None:
    with Hand(kit, ME).channel() as channel:
        channel.basic_publish(request(ME, "dossier.echo", PASSWORD), f"out.{ME}", ECHO)
        for _ in range(MOST_WAITING):
            channel.basic_publish(request(ME, "dossier.echo", b"{}"), f"out.{ME}", ECHO)
        channel.basic_qos(0, 1, False)  # a round trip: the broker has taken them all

    assert found_in(kit) == []


def test_an_answer_that_finds_no_reply_queue_is_kept_nowhere(kit: KitTown) -> None:
    start_all(kit, CALLEE)
    echoed = json.dumps({"text": CANARY}).encode()

    for slot in (3, 999):
        Hand(kit, ME).publish(f"out.{ME}", ECHO, request(ME, "dossier.echo", echoed, slot=slot))
    until(lambda: kit.broker.count_messages_by_queue()[f"in.{CALLEE}.rpc.{ME}"] == 0)
    queue = f"in.{ME}.replies.3"
    until(lambda: admin(kit).depth(queue) == 1)
    admin(kit).take_all(queue)  # its caller reads it, or is dead and it expires with the deadline

    assert found_in(kit) == []


def test_a_request_over_which_two_processes_ended_is_dropped_and_those_beside_it_are_answered(
    kit: KitTown,
) -> None:
    process = start_all(kit, CALLEE)[CALLEE]
    portal, database = kit.client("portal"), Database(kit.databases[CALLEE], "", "")
    portal.ask(contracts.echo, contracts.Text("awake"))
    deadly = portal.send(portal.prepare_call(contracts.dies, contracts.Text(CANARY)), 40)
    beside = [
        portal.send(portal.prepare_call(contracts.count, contracts.Name(f"beside {number}")), 40)
        for number in range(8)
    ]

    deaths = 0
    while dropped(kit) == 0 and deaths < MOST_DELIVERIES:
        if process.poll() is not None:
            deaths += 1
            process = kit.start(CALLEE, "dossier", database)
        time.sleep(0.05)

    assert isinstance(deadly.wait_for_outcome(), Failed)
    answers = [each.wait_for_outcome() for each in beside]
    assert [getattr(each, "total", each) for each in answers] == [1] * 8
    assert deaths == 2
    assert '"reason": "deadly"' in kit.log_of(CALLEE)
    assert process.poll() is None
    portal.close()
    assert found_in(kit) == []


def test_what_is_unreadable_is_answered_and_nobody_can_look_at_it(kit: KitTown) -> None:
    start_all(kit, CALLEE)
    portal, ops = kit.client("portal"), kit.client("ops")

    with pytest.raises(BadRequest):
        portal.ask(contracts.echo, contracts.Text(f"{CANARY}\x00"))

    assert ops.ask(operations.list_dead, Empty(), to=CALLEE).letters == []
    portal.close()
    ops.close()
    assert found_in(kit) == []


def test_no_digest_of_a_request_is_logged_by_which_a_password_could_be_tried(kit: KitTown) -> None:
    start_all(kit, CALLEE)

    Hand(kit, ME).publish(f"out.{ME}", ECHO, request(ME, "dossier.echo", PASSWORD[:-1]))
    until(lambda: dropped(kit) == 1)

    assert "sha256" not in kit.log_of(CALLEE)


# A town of the release that dead-lettered requests


def former(queue: Queue) -> Queue:
    """Return a queue as that release made it."""
    if ".rpc." not in queue.name:
        return queue
    exchange = f"dlx.{queue.name.split('.')[1]}"
    arguments = {**dict(queue.arguments), "x-dead-letter-exchange": exchange}
    return replace(queue, arguments=tuple(sorted(arguments.items())))


@pytest.fixture
def upgraded(kit: KitTown) -> Process:
    """A town of the former release, with requests among its dead letters; its services run."""
    wanted = topology_of_register(parse_register(kit.register_rows))
    wanted.queues = {former(queue) for queue in wanted.queues}
    kit.broker.apply_topology(wanted, kit.passwords)
    assert Hand(kit, ME).publish(f"out.{ME}", ECHO, REQUESTS.make(PASSWORD)) == DONE
    with admin(kit).channel() as channel:
        channel.basic_reject(channel.basic_get(f"in.{CALLEE}.rpc.{ME}").delivery_tag, requeue=False)
    assert admin(kit).depth(f"dead.{CALLEE}") == 1
    return start_all(kit, CALLEE)[CALLEE]


def test_what_an_older_release_had_kept_of_requests_is_gone_once_the_service_runs(
    kit: KitTown, upgraded: Process
) -> None:
    until(lambda: admin(kit).depth(f"dead.{CALLEE}") == 0)
    until(lambda: "dead_requests_forgotten" in kit.log_of(CALLEE))

    assert upgraded.poll() is None
    assert found_in(kit) == []


def test_dead_events_stay_where_dead_requests_are_forgotten(kit: KitTown) -> None:
    process = start_all(kit, CALLEE, ME)[ME]
    Hand(kit, CALLEE).publish(EVENTS.exchange, EVENTS.key, EVENTS.make(b"{"))
    until(lambda: admin(kit).depth(f"dead.{ME}") == 1)

    end(process)
    kit.start(ME, "enrolment", Database(kit.databases[ME], "", ""))
    wait_for(kit, ME)

    until(lambda: admin(kit).depth(f"dead.{ME}") == 1)


def test_applying_makes_the_queues_of_requests_anew_while_services_answer(
    kit: KitTown, upgraded: Process
) -> None:
    """Requests that wait are no reason to leave it: with the queue they are gone."""
    portal = kit.client("portal")
    portal.ask(contracts.echo, contracts.Text("before"))
    waiting = request("portal", "enrolment.total", PASSWORD)
    assert Hand(kit, "portal").publish("out.portal", f"rpc.{ME}.total", waiting) == DONE

    kit.apply()

    assert until(lambda: portal.ask(contracts.echo, contracts.Text("after")).text) == "after"
    assert kit.apply() == []
    arguments = {row["name"]: row["arguments"] for row in kit.broker.queue_descriptions()}
    holders = {name for name, each in arguments.items() if "x-dead-letter-exchange" in each}
    assert {name.rpartition(".")[2] for name in holders} == {"events"}
    assert upgraded.poll() is None
    portal.close()
    assert found_in(kit) == []


def test_a_caller_whose_request_was_lost_with_its_queue_hears_that_nobody_answered(
    kit: KitTown,
) -> None:
    portal = kit.client("portal")
    with pytest.raises(NoAnswer):
        portal.ask(contracts.echo, contracts.Text(CANARY), deadline=0.3)
    portal.close()

    assert found_in(kit) == []
