"""One provider's broker credentials, used by a stranger: its flood waits, and nobody else does."""

from concurrent.futures import ThreadPoolExecutor

from deploy.engines.broker_definitions import USER_LIMITS
from shared.register.queues import requests_queue
from tests.kit import contracts
from tests.kit.attacks import CALLEE, ECHO, ME, OTHER
from tests.kit.running import left_over, start_all, wait_for
from tests.kit.town import KitTown, until
from tests.kit.wire import Hand, admin, request

FLOOD = 4000
"""Requests that wait before the service reads any; an answer takes some milliseconds."""


def flood(kit: KitTown) -> None:
    """Send more requests in the name of one provider than its callee answers in seconds."""
    asked = request(ME, "dossier.echo", deadline=repr(2e9))
    with Hand(kit, ME).channel() as channel:
        for _ in range(FLOOD):
            channel.basic_publish(asked, f"out.{ME}", ECHO)
        channel.basic_qos(0, 1, False)  # a round trip: the broker has taken them all
    until(lambda: admin(kit).depth(requests_queue(CALLEE, ME)) == FLOOD)


def test_a_flood_of_one_caller_delays_no_request_of_another(kit: KitTown) -> None:
    """Each caller's requests wait in a queue of their own, and are taken in turns."""
    flood(kit)
    portal = kit.client("portal")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(
            lambda: portal.ask(contracts.echo, contracts.Text("bonjour"), deadline=60.0)
        )
        until(lambda: admin(kit).depth(requests_queue(CALLEE, "portal")) == 1)
        start_all(kit, CALLEE)

        assert asked.result().text == "bonjour"
    assert admin(kit).depth(requests_queue(CALLEE, ME)) > FLOOD // 2
    portal.close()


def test_a_flood_pushes_no_request_of_another_out_of_its_queue(kit: KitTown) -> None:
    """A full queue drops its oldest message: where it is shared, that is somebody else's."""
    queues = {row.name: row for row in kit.broker.queues_with_counts()}
    for caller in (ME, OTHER, "portal", "ops"):
        assert requests_queue(CALLEE, caller) in queues
    bindings = kit.broker.current_topology().bindings

    mixed = {
        binding
        for binding in bindings
        if binding.key.startswith("rpc.")
        and binding.queue != requests_queue(binding.key.split(".")[1], binding.exchange[4:])
    }
    assert mixed == set()


def test_a_caller_that_comes_later_is_answered_by_a_service_that_runs(kit: KitTown) -> None:
    everybody = list(kit.register_rows["calls"])
    kit.register_rows["calls"] = [row for row in everybody if row["caller"] != OTHER]
    kit.apply()
    [running] = start_all(kit, CALLEE).values()

    kit.register_rows["calls"] = everybody
    kit.apply()

    other = kit.client(OTHER)
    assert other.ask(contracts.echo, contracts.Text("bonjour"), deadline=20.0).text == "bonjour"
    kit.register_rows["calls"] = [row for row in everybody if row["caller"] != OTHER]
    kit.apply()
    wait_for(kit, CALLEE)
    assert running.poll() is None
    assert requests_queue(CALLEE, OTHER) not in {
        queue.name for queue in kit.broker.queues_with_counts()
    }
    other.close()


def test_each_principal_has_so_many_connections_at_most(kit: KitTown) -> None:
    limits = {row["user"]: row["value"] for row in kit.broker.interface.get_json("user-limits")}

    assert {principal: limits[principal] for principal in kit.principals} == dict.fromkeys(
        kit.principals, USER_LIMITS
    )


def test_whose_limits_or_password_were_changed_at_the_broker_is_made_as_the_register_says(
    kit: KitTown,
) -> None:
    kit.apply()
    kit.broker.interface.send_change("DELETE", f"user-limits/{ME}/max-connections")
    other = {"password": "mots de passe d’un autre", "tags": ""}
    kit.broker.interface.send_change("PUT", f"users/{OTHER}", other)

    assert [str(change) for change in left_over(kit)] == [f"make user {ME}", f"make user {OTHER}"]
    kit.apply()
    assert left_over(kit) == []


def test_a_user_whom_the_broker_did_not_take_as_defined_is_no_quiet_success(kit: KitTown) -> None:
    kit.apply()
    kit.broker.interface.send_change("DELETE", f"user-limits/{ME}/max-channels")

    lacking = kit.broker._things_not_taken(kit.topology(), kit.passwords)

    assert lacking == {f"user {ME}"}
    kit.apply()
