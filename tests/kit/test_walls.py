"""The walls: what a provider's own credentials cannot do, and that each wall's test can fail."""

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.engines.broker_topology import topology_of_register
from deploy.engines.rabbitmq_node import BrokerNode
from shared.bus.client import Client
from shared.contracts.errors import NoAnswer, Refusal
from shared.contracts.every_service import operations
from shared.contracts.message import Empty
from shared.register import parse_register
from shared.runtime.ids import new_id
from tests.kit import contracts
from tests.kit.attacks import (
    ANSWERED,
    AT_THE_BROKER,
    ATTACKS,
    CALLEE,
    ME,
    OTHER,
    REFUSED,
    Attack,
    asked,
    asked_with,
    token_of,
)
from tests.kit.running import SERVICES, heard, left_over, shout, start_all
from tests.kit.town import KitTown, until
from tests.kit.wire import (
    DONE,
    Hand,
    RawMessage,
    admin,
    far_moment,
    message,
    raw_properties,
    request,
)


class Watch:
    """Sees whether anything moved in a town that is under attack."""

    def __init__(self, town: KitTown) -> None:
        self.town = town
        self.processes = start_all(town, CALLEE, ME, OTHER)
        self.portal = town.client("portal")
        self.silent = [
            queue.name
            for queue in topology_of_register(parse_register(town.register_rows)).queues
            if queue.name.startswith(("in.", "dead.")) and queue.name != f"dead.{CALLEE}"
        ]

    def is_undisturbed(self) -> None:
        assert left_over(self.town) == []
        assert {name: p.poll() for name, p in self.processes.items()} == dict.fromkeys(SERVICES)
        assert self.portal.ask(contracts.echo, contracts.Text("bonjour")).text == "bonjour"
        assert heard(self.portal, ME) == heard(self.portal, OTHER) == []
        with admin(self.town).channel() as channel:
            for queue in self.silent:
                assert channel.queue_declare(queue, passive=True).message_count == 0, queue


class TestAProviderWithItsOwnCredentials:
    @pytest.fixture(scope="class")
    def watch(self, node: BrokerNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
        town = KitTown(node, tmp_path_factory.mktemp("walls"), "walls")
        watch = Watch(town)
        yield watch
        watch.portal.close()
        town.stop()

    @pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.sentence)
    def test_gets_nowhere_when_it(self, watch: Watch, attack: Attack) -> None:
        ends = attack.attempt(Hand(watch.town, ME))

        assert ends in attack.ends
        watch.is_undisturbed()

    def test_gets_an_answer_to_what_it_may_ask(self, watch: Watch) -> None:
        me = Hand(watch.town, ME)

        assert asked(me, request(ME, "dossier.echo")) == ANSWERED
        assert asked_with(me, token_of(me)) == ANSWERED
        assert (
            asked(me, request(ME, "dossier.echo", slot=3), replies=f"in.{ME}.replies.3") == ANSWERED
        )


class TestWithoutTheWallOfPermissions:
    """The administrator's hand does what the provider's cannot: the attacks are real ones."""

    @pytest.fixture(scope="class")
    def open_town(
        self, node: BrokerNode, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[KitTown]:
        town = KitTown(node, tmp_path_factory.mktemp("open"), "open")
        yield town
        town.stop()

    @pytest.mark.parametrize("attack", AT_THE_BROKER, ids=lambda attack: attack.sentence)
    def test_it_can_be_done_that_one(self, open_town: KitTown, attack: Attack) -> None:
        ends = attack.attempt(admin(open_town))

        assert ends not in REFUSED
        open_town.apply()
        if left_over(open_town):
            open_town.broker.remove_vhost()
            open_town.apply()


def test_a_section_sent_to_a_provider_without_the_right_reaches_nobody(kit: KitTown) -> None:
    start_all(kit, CALLEE, ME, OTHER)
    portal, ops = kit.client("portal"), kit.client("ops")
    canary = f"sans gluten {new_id()}"

    shout(portal, OTHER, "diet", canary)
    shout(portal, OTHER, "core", "après")

    until(lambda: heard(portal, OTHER) == ["après 0"])
    assert heard(portal, ME) == []
    state = ops.ask(operations.health, Empty(), to=CALLEE)
    assert (state.returned, state.outbox) == (1, 0)
    assert "publication_returned" in kit.log_of(CALLEE)
    assert f"event.{OTHER}.diet" in kit.log_of(CALLEE)
    assert not any(canary in kit.log_of(principal) for principal in SERVICES)
    portal.close()
    ops.close()


class Credulous(Client):
    """A client without its wall: it takes an answer from whoever sends one."""

    def _on_answer(self, answer: Any) -> None:
        answer.properties["user_id"] = CALLEE
        answer.delivery_info["exchange"] = f"ans.{CALLEE}"
        super()._on_answer(answer)


def forge_answers(kit: KitTown, request_id: str) -> set[str]:
    """Answer, as a provider, each slot of the portal to a request that it was not asked."""
    body = b'{"answer": {"text": "forged"}}'
    answer = message(body, user_id=ME, correlation_id=request_id, type="dossier.echo")
    me = Hand(kit, ME)
    return {me.publish(f"ans.{ME}", f"reply.portal.{slot}", answer) for slot in range(6)}


def test_an_answer_from_another_than_was_asked_is_dropped(kit: KitTown) -> None:
    asking, outcomes = [Client(kit.settings("portal")), Credulous(kit.settings("portal"))], []

    for client in asking:
        call = client.prepare_call(contracts.echo, contracts.Text("bonjour"))
        pending = client.send(call, deadline=1.0)
        assert forge_answers(kit, call.request_id) == {DONE}
        outcomes.append(pending.wait_for_outcome())
        client.close()

    assert isinstance(outcomes[0], NoAnswer)
    assert outcomes[1].text == "forged"


def test_an_unreadable_answer_takes_no_other_down(kit: KitTown) -> None:
    start_all(kit, CALLEE)
    portal = kit.client("portal")
    portal.ask(contracts.echo, contracts.Text("bonjour"))
    pending = portal.send(portal.prepare_call(contracts.slow, contracts.Seconds(0.5)))
    far = RawMessage(b"{}", raw_properties(ME, "dossier.echo", b"x", far_moment()))

    for slot in range(6):
        Hand(kit, ME).publish(f"ans.{ME}", f"reply.portal.{slot}", far)

    assert not isinstance(pending.wait_for_outcome(), Refusal)
    portal.close()
