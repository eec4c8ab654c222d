"""Asking and answering: what a caller may count on."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from deploy.instance.instance import PROJECT
from shared.bus.client import FAIL_FAST_SECONDS, Call, Client
from shared.contracts.errors import (
    BadRequest,
    Failed,
    NoAnswer,
    NotAllowed,
    NotSignedIn,
    Refusal,
    TooLarge,
    Unavailable,
)
from shared.contracts.message import MOST_BYTES, Empty, Method
from shared.runtime.ids import new_id
from tests.faults.gamma import nap
from tests.faults.scene import ALPHA, BETA, Scene, fresh_name, shouting
from tests.kit import contracts
from tests.kit.town import KitTown, until
from tests.kit.wire import admin


@pytest.fixture
def scene(running: Scene) -> Iterator[Scene]:
    """Give both services, each running as one plain process before the test."""
    running.restore()
    yield running


@pytest.fixture
def portal(scene: Scene) -> Client:
    """Give a client in the portal's name."""
    return scene.portal


def seconds(act: Callable[[], Any]) -> float:
    """Return how long something takes, refusals included."""
    start = time.perf_counter()
    try:
        act()
    except Refusal:
        pass
    return time.perf_counter() - start


# Answers and refusals


def test_a_principal_gets_the_answer_to_what_it_asked(portal: Client) -> None:
    assert portal.ask(contracts.echo, contracts.Text("bonjour, Zoé")).text == "bonjour, Zoé"


def test_an_answer_has_the_types_of_its_contract(portal: Client) -> None:
    answer = portal.ask(contracts.count, contracts.Name(fresh_name()))

    assert vars(answer) == {"total": 1}


@pytest.mark.both_databases
def test_two_requests_that_lock_each_other_out_are_both_answered(portal: Client) -> None:
    one, other = fresh_name(), fresh_name()
    for name in (one, other):
        portal.ask(contracts.count, contracts.Name(name))
    crosswise = [
        portal.prepare_call(contracts.swap, contracts.Pair(one, other)),
        portal.prepare_call(contracts.swap, contracts.Pair(other, one)),
    ]

    outcomes = portal.ask_all(crosswise, deadline=10.0)

    assert [outcome for outcome in outcomes if isinstance(outcome, Refusal)] == []
    assert (
        portal.ask(contracts.count, contracts.Name(one)).total == 4
    )  # made, swapped twice, asked now


def test_of_many_requests_so_many_are_under_way_and_no_more(portal: Client) -> None:
    sent: list[str] = []

    def calls() -> Iterator[Call[contracts.Text]]:
        for number in range(5):
            sent.append(f"bonjour {number}")
            yield portal.prepare_call(contracts.echo, contracts.Text(sent[-1]))

    outcomes = portal.ask_with_limit_under_way(calls(), 2)
    told = [next(outcomes), next(outcomes)]

    assert [outcome.text for outcome in told if not isinstance(outcome, Refusal)] == sent[:2]
    assert len(sent) == 4  # two were answered, two are under way
    del outcomes  # who breaks off waits for none of them
    assert portal.ask(contracts.echo, contracts.Text("encore")).text == "encore"


def test_a_refusal_arrives_as_its_class(portal: Client) -> None:
    with pytest.raises(NotSignedIn):
        portal.ask(contracts.whoami, Empty())


def test_an_error_of_the_callee_says_nothing_of_its_text(portal: Client) -> None:
    with pytest.raises(Failed) as failed:
        portal.ask(contracts.breaks, contracts.Text("INSERT arachide"), request_id="a-request")

    assert failed.value.detail == {"request_id": "a-request"}


def test_an_answer_larger_than_a_message_is_named_to_its_caller_and_in_the_log(
    scene: Scene,
) -> None:
    fits = len(scene.portal.ask(contracts.at_length, contracts.Signs(MOST_BYTES - 100)).text)

    with pytest.raises(TooLarge) as refused:
        scene.portal.ask(contracts.at_length, contracts.Signs(MOST_BYTES), request_id="a-request")

    assert fits == MOST_BYTES - 100
    assert refused.value.detail["what"] == "answer"
    assert refused.value.detail["request_id"] == "a-request"
    assert "answer_too_large" in scene.log_of(ALPHA)


@pytest.mark.both_databases
def test_a_request_whose_answer_is_larger_than_a_message_has_no_effect(scene: Scene) -> None:
    """Else money would have moved and nobody could be shown how."""
    name = fresh_name()

    with pytest.raises(TooLarge):
        scene.portal.ask(contracts.count_at_length, contracts.NameAndSigns(name, MOST_BYTES))

    assert scene.counted(name, ALPHA) == 0
    assert scene.portal.ask(contracts.count, contracts.Name(name)).total == 1


def test_a_request_larger_than_a_message_is_refused_before_it_leaves(scene: Scene) -> None:
    with pytest.raises(TooLarge) as refused:
        scene.portal.ask(contracts.hear_at_length, contracts.AnyText("x" * MOST_BYTES))

    assert refused.value.detail["what"] == "request"
    assert admin(scene.town).depth(f"dead.{ALPHA}") == 0


def test_a_bad_request_names_the_field(portal: Client) -> None:
    with pytest.raises(BadRequest) as refused:
        portal.ask(contracts.echo, contracts.Text(""))

    assert list(refused.value.detail["errors"]) == ["text"]


@dataclass(frozen=True)
class LouderText:
    """A request of a release to come, which this one does not know."""

    text: str
    loud: bool


def test_a_field_that_the_callee_does_not_know_is_refused(portal: Client) -> None:
    newer = Method("dossier", "echo", LouderText, contracts.Text)

    with pytest.raises(BadRequest) as refused:
        portal.ask(newer, LouderText("bonjour", loud=True))

    assert list(refused.value.detail["errors"]) == ["loud"]


def test_a_value_of_another_type_is_a_bad_request_and_no_broken_connection(portal: Client) -> None:
    with pytest.raises(BadRequest):
        portal.ask(contracts.slow, contracts.Seconds("long"))  # type: ignore[arg-type]


def test_an_unbound_request_comes_back_at_once(scene: Scene) -> None:
    provider = scene.town.client("enrolment_two")
    deadline = 20.0  # an eighth of it is at once on a full machine too
    provider.ask(contracts.echo, contracts.Text("bonjour"))

    started = time.perf_counter()
    with pytest.raises(NotAllowed):
        provider.ask(contracts.secret, Empty(), deadline=deadline)

    assert time.perf_counter() - started < deadline / 8
    provider.close()


# Several at once


def test_several_questions_cost_one_parallel_round(portal: Client) -> None:
    slow = portal.prepare_call(contracts.slow, contracts.Seconds(0.5))
    again = portal.prepare_call(contracts.slow, contracts.Seconds(0.5))

    one = seconds(lambda: portal.ask(contracts.slow, contracts.Seconds(0.5)))
    both = seconds(lambda: portal.ask_all([slow, again]))

    assert both / one < 1.5


def test_a_question_that_fails_spoils_no_other(portal: Client) -> None:
    answers = portal.ask_all(
        [
            portal.prepare_call(contracts.breaks, contracts.Text("x")),
            portal.prepare_call(contracts.echo, contracts.Text("bonjour")),
            portal.prepare_call(contracts.echo, contracts.Text("")),
            portal.prepare_call(contracts.slow, contracts.Seconds("long")),  # type: ignore[arg-type]
        ]
    )

    assert [type(answer).__name__ for answer in answers] == [
        "Failed",
        "Text",
        "BadRequest",
        "BadRequest",
    ]


def test_many_threads_share_one_client(scene: Scene) -> None:
    """Returns come over the publishing connection: nobody may take another's frames from it."""
    provider = scene.town.client("enrolment_two")

    def ask(number: int) -> str:
        try:
            if number % 2:
                return provider.ask(contracts.secret, Empty()).text
            return provider.ask(contracts.echo, contracts.Text(str(number))).text
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(800)))

    assert answers == [NotAllowed.code if n % 2 else str(n) for n in range(800)]
    provider.close()


# A callee that is away


def test_a_request_to_a_callee_that_is_down_is_not_executed_when_it_starts(scene: Scene) -> None:
    scene.end(ALPHA)
    client, name = scene.town.client("portal"), fresh_name()

    with pytest.raises(NoAnswer):
        client.ask(contracts.count, contracts.Name(name), deadline=0.5)
    scene.restore()

    assert client.ask(contracts.count, contracts.Name(name)).total == 1
    client.close()


def test_a_callee_silent_twice_fails_fast_and_then_one_try_is_let_through(kit: KitTown) -> None:
    """The provider's process was never started: nobody answers in its name."""
    portal, deadline = kit.client("portal"), 2.0
    waited, at_once = (NoAnswer.code, False), (Unavailable.code, True)

    def ask(_number: int = 0) -> tuple[str, bool]:
        started = time.perf_counter()
        [refusal] = portal.ask_all(
            [portal.prepare_call(contracts.total, contracts.Name("x"), to=BETA)], deadline
        )
        return refusal.code, time.perf_counter() - started < deadline / 2

    with ThreadPoolExecutor(8) as pool:
        assert [ask(), ask()] == [waited] * 2
        silent_since = time.monotonic()
        while (round_ := list(pool.map(ask, range(8)))) == [at_once] * 8:
            assert time.monotonic() - silent_since < FAIL_FAST_SECONDS * 1.5
            time.sleep(0.05)

    assert time.monotonic() - silent_since > FAIL_FAST_SECONDS
    assert sorted(round_) == [waited] + [at_once] * 7
    portal.close()


def test_requests_that_one_silence_outlasts_are_one_timeout_and_not_several_in_a_row(
    scene: Scene,
) -> None:
    client = scene.town.client("portal")
    scene.end(ALPHA)
    round_ = [client.prepare_call(contracts.echo, contracts.Text("x")) for _ in range(3)]
    outcomes = client.ask_all(round_, deadline=0.3)
    scene.restore()

    assert [type(outcome) for outcome in outcomes] == [NoAnswer] * 3
    assert client.ask(contracts.echo, contracts.Text("bonjour")).text == "bonjour"
    client.close()


def test_a_callee_that_answers_again_is_asked_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.bus.client.FAIL_FAST_SECONDS", 1.0)  # the figure, not the code
    client = scene.town.client("portal")
    scene.end(ALPHA)
    for _ in range(2):
        with pytest.raises(NoAnswer):
            client.ask(contracts.echo, contracts.Text("x"), deadline=0.2)
    scene.restore()

    until(lambda: client.ask(contracts.echo, contracts.Text("bonjour")), 3)

    assert [client.ask(contracts.echo, contracts.Text("bonjour")).text for _ in range(3)] == [
        "bonjour"
    ] * 3
    client.close()


# Once, however often it is asked


@pytest.mark.both_databases
def test_a_repeated_request_has_one_effect_and_the_same_answer(scene: Scene) -> None:
    name, request_id = fresh_name(), new_id()

    totals = [
        scene.portal.ask(contracts.count, contracts.Name(name), request_id=request_id).total
        for _ in range(3)
    ]

    assert totals == [1, 1, 1]
    assert scene.counted(name, ALPHA) == 1


@pytest.mark.both_databases
def test_a_request_repeated_concurrently_has_one_effect_and_the_same_answer(scene: Scene) -> None:
    """Two processes of the callee, two of the caller, and two threads of each caller."""
    scene.start(ALPHA)
    clients = [scene.town.client("portal"), scene.town.client("portal")]
    for client in clients:
        until(lambda client=client: client.ask(contracts.echo, contracts.Text("bonjour")))
    barrier = threading.Barrier(4)

    def ask(client: Client, name: str, request_id: str) -> int:
        barrier.wait()
        return client.ask(contracts.count, contracts.Name(name), request_id=request_id).total

    with ThreadPoolExecutor(4) as pool:
        for _ in range(20):
            name, request_id = fresh_name(), new_id()
            asked = [pool.submit(ask, each, name, request_id) for each in clients * 2]

            assert [each.result() for each in asked] == [1] * 4
            assert scene.counted(name, ALPHA) == 1
    for client in clients:
        client.close()
    scene.end(ALPHA)


@pytest.mark.both_databases
def test_a_request_id_used_for_another_method_is_refused(portal: Client) -> None:
    request_id = new_id()
    portal.ask(contracts.count, contracts.Name(fresh_name()), request_id=request_id)

    [refused] = portal.ask_all([shouting("x", 1, request_id)])

    assert isinstance(refused, BadRequest)
    assert list(refused.detail["errors"]) == ["request_id"]


# Reply slots


def test_a_process_takes_a_free_slot_and_gives_it_up_by_dying(scene: Scene) -> None:
    first, second = _hold(scene), _hold(scene)
    given_up, kept = _says(first), _says(second)
    assert {given_up, kept} == {"slot 0", "slot 1"}

    first.kill()
    first.wait(5)
    third = _hold(scene)

    assert _says(third) == given_up
    _end(second, third)


def test_more_processes_than_slots_are_told_so(scene: Scene) -> None:
    holders = [scene.town.client(HOLDER) for _ in range(6)]
    for holder in holders:
        until(lambda holder=holder: holder.ask(contracts.echo, contracts.Text("bonjour")))
    assert sorted(holder.slot for holder in holders) == list(range(6))

    late = _hold(scene)

    assert "NoFreeSlot" in _says(late)
    assert _says(late) == "refusal unavailable"
    _end(late)
    for holder in holders:
        holder.close()


HOLDER = "enrolment_two"
"""Nothing of this principal's runs, so that all its reply slots are free."""


def _hold(scene: Scene) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.holding"],
        cwd=PROJECT,
        env=scene.town.environment(HOLDER, "sqlite://"),
        stdout=subprocess.PIPE,
        text=True,
    )
    scene.town.processes.append(process)  # type: ignore[arg-type]
    return process


def _says(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _end(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        process.kill()
        process.communicate()


def test_an_answer_that_nobody_waits_for_does_not_lie_in_the_queue(scene: Scene) -> None:
    """The caller was killed; the answer may hold what the queue must not keep."""
    caller = scene.town.client("portal")
    caller.ask(contracts.echo, contracts.Text("bonjour"))
    caller.send(caller.prepare_call(contracts.slow, contracts.Seconds(0.3)), deadline=6.0)
    queue = f"in.portal.replies.{caller.slot}"

    caller.close()
    arrived = until(lambda: scene.ready(queue))
    until(lambda: scene.ready(queue) == 0, 20)

    assert arrived == 1


# Requests and events beside each other


def test_an_exhausted_worker_pool_does_not_stop_events(scene: Scene) -> None:
    name, naps = (
        fresh_name(),
        [scene.portal.prepare_call(nap, contracts.Seconds(3), to=BETA) for _ in range(20)],
    )
    sleeping = [scene.portal.send(each, deadline=10) for each in naps]
    stuck = scene.portal.send(
        scene.portal.prepare_call(contracts.total, contracts.Name(name), to=BETA), deadline=1
    )

    scene.count(name)
    until(lambda: scene.counted(name) == 1, 2.8)

    assert isinstance(stuck.wait_for_outcome(), NoAnswer)
    assert not any(isinstance(each.wait_for_outcome(), Refusal) for each in sleeping)


def test_a_flood_of_events_leaves_requests_alone(scene: Scene) -> None:
    """
    Side by side in one container, requests waited for all the events before them (1 to 104 ms).

    On SQLite they still wait for the batch in hand, since a write there lets nothing else run.
    """
    name, times = fresh_name(), 2000

    scene.shout(name, times)
    until(lambda: scene.heard(name) > 0)
    answered = 0
    while scene.heard(name) < times:
        scene.portal.ask(contracts.total, contracts.Name(name), to=BETA)
        answered += 1

    assert answered >= 20
