"""Providers come and go while services run: what a revocation takes away, and how soon."""

import time
from typing import Any

import pytest

from deploy.engines.broker_topology import CLASSIC, Queue
from deploy.engines.management_interface import BrokerRefused
from shared.contracts.errors import NotAllowed
from shared.register.queues import requests_queue
from tests.kit import contracts
from tests.kit.attacks import CALLEE, ECHO, ME, OTHER
from tests.kit.running import SERVICES, heard, left_over, shout, start_all, wait_for
from tests.kit.town import KitTown, until
from tests.kit.wire import DONE, Hand, admin, request

REVOKED_WITHIN_SECONDS = 5.0


def connections_of(kit: KitTown, principal: str) -> set[str]:
    """Return the names of a principal's open connections to this town."""
    rows = kit.broker.interface.get_json(f"vhosts/{kit.vhost}/connections")
    return {row["name"] for row in rows if row.get("user") == principal}


def without(rows: dict[str, Any], principal: str) -> dict[str, Any]:
    """Return the register's rows after a principal has left."""
    kept = {
        "principals": [row for row in rows["principals"] if row["name"] != principal],
        "calls": [row for row in rows["calls"] if principal not in (row["caller"], row["callee"])],
        "events": [
            row for row in rows["events"] if principal not in (row["source"], row["consumer"])
        ],
    }
    return {**rows, **kept}


def test_revoking_a_provider_is_effective_in_five_seconds_while_its_service_runs(
    kit: KitTown,
) -> None:
    processes = start_all(kit, CALLEE, ME, OTHER)
    portal, leaver = kit.client("portal"), Hand(kit, OTHER)
    until(lambda: connections_of(kit, OTHER))
    others = {name: until(lambda name=name: connections_of(kit, name)) for name in (CALLEE, ME)}
    assert leaver.publish(f"out.{OTHER}", ECHO, request(OTHER, "dossier.echo")) == DONE
    everything = kit.register_rows

    started = time.monotonic()
    kit.register_rows = without(everything, OTHER)
    kit.apply()
    until(lambda: not connections_of(kit, OTHER))
    refused = leaver.try_to(lambda _channel: None)
    took = time.monotonic() - started

    print(f"revoked in {took:.2f} s")
    assert took < REVOKED_WITHIN_SECONDS
    assert refused in ("403", "530")  # no such user, or not in this town
    assert left_over(kit) == []
    assert not any(OTHER in queue.name for queue in kit.broker.current_topology().queues)
    time.sleep(2.5)  # longer than its service waits before it tries again
    assert connections_of(kit, OTHER) == set()

    assert all(before <= connections_of(kit, name) for name, before in others.items())
    assert portal.ask(contracts.echo, contracts.Text("toujours là")).text == "toujours là"
    shout(portal, OTHER, "core", "trop tard")
    shout(portal, ME, "core", "pour vous")
    until(lambda: heard(portal, ME) == ["pour vous 0"])
    with pytest.raises(NotAllowed):
        heard(portal, OTHER)

    kit.register_rows = everything
    kit.apply()
    wait_for(kit, OTHER)
    assert heard(portal, OTHER) == []
    assert {name: process.poll() for name, process in processes.items()} == dict.fromkeys(SERVICES)
    portal.close()


def test_a_caller_who_comes_while_services_run_is_answered_and_one_who_goes_is_not(
    kit: KitTown,
) -> None:
    start_all(kit, CALLEE)
    billing, before = kit.client("billing"), kit.register_rows
    with pytest.raises(NotAllowed):
        billing.ask(contracts.echo, contracts.Text("bonjour"))

    call = {"callee": CALLEE, "method": "echo", "version": 1, "right": "service only"}
    kit.register_rows = {**before, "calls": [*before["calls"], {"caller": "billing", **call}]}
    kit.apply()
    answer = until(
        lambda: billing.ask(contracts.echo, contracts.Text("bonjour")), REVOKED_WITHIN_SECONDS
    )
    kit.register_rows = before
    kit.apply()

    assert answer.text == "bonjour"
    with pytest.raises(NotAllowed):
        billing.ask(contracts.echo, contracts.Text("encore"))
    billing.close()


def test_a_queue_deleted_before_the_register_is_read_interrupts_no_other_caller(
    kit: KitTown,
) -> None:
    start_all(kit, CALLEE)
    portal, everything = kit.client("portal"), kit.register_rows
    before = until(lambda: connections_of(kit, CALLEE))

    admin(kit).try_to(lambda c: c.queue_delete(requests_queue(CALLEE, OTHER)))
    time.sleep(1.0)
    assert portal.ask(contracts.echo, contracts.Text("toujours là")).text == "toujours là"
    kit.register_rows = without(everything, OTHER)
    kit.apply()
    time.sleep(2.5)  # the service has read the register again

    assert before <= connections_of(kit, CALLEE)
    portal.close()


def test_a_queue_that_is_made_anew_is_consumed_again(kit: KitTown) -> None:
    start_all(kit, CALLEE)
    other = kit.client(OTHER)

    admin(kit).try_to(lambda c: c.queue_delete(requests_queue(CALLEE, OTHER)))
    kit.apply()

    assert other.ask(contracts.echo, contracts.Text("bonjour"), deadline=30.0).text == "bonjour"
    other.close()


def test_apply_removes_what_somebody_bound_by_hand_between_exchanges_too(kit: KitTown) -> None:
    admin(kit).try_to(lambda c: c.exchange_bind(f"out.{CALLEE}", f"out.{ME}", ECHO))

    kit.apply()

    assert left_over(kit) == []


def test_apply_fails_where_the_broker_leaves_something_out(
    kit: KitTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It skips what begins as its own names do, and says so in its log alone."""
    monkeypatch.setattr("deploy.engines.broker_reconciliation.HEARD_OF_SECONDS", 0.2)
    wanted = kit.topology()
    wanted.queues.add(Queue("amq.ours", (("x-queue-type", CLASSIC),)))

    with pytest.raises(BrokerRefused, match=r"did not take .*amq\.ours"):
        kit.broker.apply_topology(wanted, kit.passwords)


def test_apply_says_which_of_many_things_the_broker_refuses(kit: KitTown) -> None:
    wanted = kit.topology()
    wanted.queues.add(Queue("in.refused", (("x-queue-type", "of-no-kind"),)))

    with pytest.raises(BrokerRefused, match=r"in\.refused"):
        kit.broker.apply_topology(wanted, kit.passwords)
