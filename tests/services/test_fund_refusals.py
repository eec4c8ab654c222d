"""Quotients that CAF and MSA do not give: what the family reads, and when the town asks again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from services.billing.accounts.commands import fund_quotients
from services.billing.models import FundRefusal, FundRequest
from services.billing.payers.api_particulier import client
from services.billing.payers.rules.fund_request_limits import (
    GIVEN_FOR,
    LONGEST_CALL,
    MOST_A_DAY,
    AnswerWaits,
)
from services.billing.service import BillingService
from services.billing.store import store
from shared.contracts.billing.prices import fund_quotients as contracts
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.register import ApiParticulier
from shared.settings import ApiParticulierAccess
from tests.databases import Database
from tests.factories import api_particulier as fund
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.api_particulier import Answer, State
from tests.factories.fund_quotients import (
    BORN_ON,
    answers,
    api,
    ask,
    forget_wait,
    given,
    me,
    recorded,
    settings_of,
    two_guardians,
)
from tests.factories.runs import family, home

__all__ = ["api"]


def test_without_the_town_file_there_is_nothing_to_ask(database: Database, tmp_path: Path) -> None:
    with runs.billing_on(database, tmp_path):
        family(1)
        with pytest.raises(NotFound):
            ask()


def test_without_a_token_the_town_asks_nobody(
    api: State, database: Database, tmp_path: Path
) -> None:
    family(1)
    BillingService.settings = settings_of(tmp_path, database, API_PARTICULIER_TOKEN="")

    assert ask().outcome == contracts.CLOSED
    assert api.asked == []


@pytest.mark.parametrize(
    ("said", "outcome", "fields"),
    [
        (Answer.error(404, "35003"), contracts.UNKNOWN, []),
        (Answer.error(422, "00366"), contracts.MISTAKEN, []),
        (
            Answer.error(422, "00366", source={"parameter": "jourDateNaissance"}),
            contracts.MISTAKEN,
            ["born_on"],
        ),
        (Answer.error(400, "00400"), contracts.MISTAKEN, []),
        (Answer.error(409, "00015"), contracts.UNDER_WAY, []),
    ],
    ids=["unknown", "mistaken", "a field", "badly formed", "under way"],
)
def test_what_the_funds_do_not_give_is_said_and_prices_stay(
    api: State, said: Answer, outcome: str, fields: list[str]
) -> None:
    family(1)
    api.instead.append(said)

    assert ask() == contracts.AskFundAnswer(outcome, fields)
    assert (recorded(), given()) == ([], None)


@pytest.mark.parametrize(
    "said",
    [
        Answer.error(429, "00429"),
        Answer.error(502, "37999"),
        Answer.error(504, "37001"),
        Answer(200, b"<html>maintenance</html>", media_type="text/html"),
        Answer(200, b'{"data": {"quotient_familial": {"fourn'),
        Answer(200, b"[" * 100_000),
        Answer(200, b"\xff\xfe\x00"),
        Answer(200, b" " * (300 * 1024)),
        Answer.quotient(valeur="742"),
        Answer(404, b"<h1>Not found</h1>", media_type="text/html"),
        Answer(302, location="http://127.0.0.1:9/"),
        Answer(500),
    ],
    ids=[
        *("too many", "their error", "their silence", "a page", "half", "nested", "no text"),
        *("too long", "another type", "another address", "elsewhere", "an error"),
    ],
)
def test_no_answer_is_asked_for_again_later_and_prices_stay(api: State, said: Answer) -> None:
    family(1)
    api.instead.append(said)
    begun = now()

    answer = ask()

    assert answer.outcome == contracts.AWAY
    assert answer.again_at is not None and answer.again_at >= begun + timedelta(seconds=59)
    assert ask().outcome == contracts.AWAY
    assert len(api.asked) == 1
    assert recorded() == []


def test_a_slow_answer_is_none(api: State) -> None:
    family(1)
    api.knows("1", BORN_ON)
    api.instead.append(Answer.quotient())
    api.instead[0].wait = 1.0
    service = ApiParticulier(fund.SIRET, api.address)
    hasty = client.api_particulier_client(service, ApiParticulierAccess(fund.TOKEN), 0.3)

    with pytest.raises(client.FundsAway):
        hasty.ask_for_quotient(me(), today())  # type: ignore[arg-type]


def test_who_finds_our_own_queue_full_has_not_tried_and_may_ask_at_once(api: State) -> None:
    family(1)
    api.knows("1", BORN_ON)

    with queue_full():
        for _ in range(MOST_A_DAY):
            assert ask() == contracts.AskFundAnswer(contracts.BUSY, [])

    assert api.asked == []
    assert ask().outcome == contracts.GIVEN


@pytest.mark.parametrize("then", ["busy", "silent"])
def test_who_asks_again_while_an_answer_waits_is_led_to_it_and_loses_nothing(
    api: State, then: str
) -> None:
    family(1)
    api.knows("1", BORN_ON)
    ask()
    waiting = given()
    api.instead.append(Answer(500))

    with queue_full() if then == "busy" else nullcontext():
        again = ask()

    assert again == contracts.AskFundAnswer(contracts.GIVEN, [])
    assert (given(), len(api.asked)) == (waiting, 1)
    answers(True, waiting["request_id"])
    assert len(recorded()) == 1


def test_a_click_that_was_on_its_way_forgets_nothing_that_the_first_one_was_given(
    api: State,
) -> None:
    family(1)
    api.knows("1", BORN_ON)
    with store.write() as write:
        fund_quotients.begin_request(write, home(1), by=make.guardian(1).subject, at=long_ago())
    ask()

    with store.write() as write, pytest.raises(AnswerWaits):
        fund_quotients.begin_request(write, home(1), by=make.guardian(1).subject, at=now())

    assert given() is not None


def test_what_waited_for_more_than_a_day_is_asked_for_anew(api: State) -> None:
    family(1)
    api.knows("1", BORN_ON)
    ask()
    with store.write() as write:
        for row in write.scalars(select(FundRequest)):
            row.asked_at -= GIVEN_FOR

    with queue_full():
        assert ask().outcome == contracts.BUSY

    assert given() is None
    assert ask().outcome == contracts.GIVEN


@contextmanager
def queue_full() -> Iterator[None]:
    """Let as many wait for the funds as may at a time."""
    for _ in range(client.AT_ONCE):
        assert client._turns.acquire(blocking=False)
    try:
        yield
    finally:
        for _ in range(client.AT_ONCE):
            client._turns.release()


def test_what_is_asked_meanwhile_is_under_way_for_every_guardian_and_then_asked_again(
    api: State,
) -> None:
    two_guardians(api)
    api.instead.append(Answer.error(409, "00015"))

    outcomes = [ask().outcome, ask().outcome, ask(1, by=2, birth_name="2").outcome]
    assert outcomes == [contracts.UNDER_WAY] * 3
    assert len(api.asked) == 1
    with store.write() as write:
        for row in write.scalars(select(FundRequest)):
            row.asked_at -= LONGEST_CALL
    assert ask().outcome == contracts.GIVEN


def test_after_four_failures_of_a_day_the_household_is_told_to_come_tomorrow(api: State) -> None:
    family(1)
    api.instead.extend([Answer.error(502, "37999")] * 4)

    for _ in range(4):
        assert ask().outcome == contracts.AWAY
        forget_wait()
    again = ask()

    assert again.outcome == contracts.AWAY
    assert again.again_at is not None and again.again_at > now()
    assert len(api.asked) == 4


def test_who_tries_one_name_after_another_is_asked_for_ten_times_a_day(api: State) -> None:
    family(1)

    for _ in range(10):
        assert ask().outcome == contracts.UNKNOWN
    again = ask()
    assert again.outcome == contracts.TOO_OFTEN
    assert again.again_at is not None and again.again_at > now()
    assert len(api.asked) == 10


@pytest.mark.both_databases
def test_two_at_a_time_ask_once(api: State) -> None:
    family(1)
    api.knows("1", BORN_ON)
    slow = Answer.quotient()
    slow.wait = 1.5
    api.instead.append(slow)
    outcomes: list[str] = []
    first = threading.Thread(target=lambda: outcomes.append(ask().outcome))
    first.start()
    while not api.asked:
        first.join(0.02)

    second = ask().outcome
    first.join()

    assert (second, outcomes) == (contracts.UNDER_WAY, [contracts.GIVEN])
    assert len(api.asked) == 1


def test_a_request_that_was_broken_off_keeps_nobody_from_asking_again(api: State) -> None:
    family(1)
    api.knows("1", BORN_ON)
    with store.write() as write:
        request_id = fund_quotients.begin_request(
            write, home(1), by=make.guardian(1).subject, at=long_ago()
        )

    assert ask().outcome == contracts.GIVEN
    with store.write() as write:  # what was broken off comes back after all
        fund_quotients.end_request_without_quotient(write, home(1), request_id, failed=True)
    assert given() is not None


def long_ago() -> datetime:
    """Return a moment after which a request that never ended is taken for broken off."""
    return now() - timedelta(minutes=5)


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "00101"), (401, "00103"), (401, "00105"), (403, "00100"), (422, "00203")],
    ids=["invalid", "expired", "leaked", "without right", "without SIRET"],
)
def test_a_refused_town_asks_for_nobody_until_it_has_another_token_and_operations_read_why(
    api: State, database: Database, tmp_path: Path, status: int, code: str
) -> None:
    family(1)
    family(2)
    api.knows("2", BORN_ON)
    api.instead.append(Answer.error(status, code))

    assert ask().outcome == contracts.CLOSED
    assert ask(2).outcome == contracts.CLOSED
    assert len(api.asked) == 1
    assert measures() == [("fund_refused", 1, code)]

    former = settings_of(tmp_path, database)
    another = replace(former.api_particulier, token="another")
    BillingService.settings = replace(former, api_particulier=another)
    BillingService().delete_old_fund_requests()
    assert measures() == []
    api.instead.append(Answer.quotient())
    assert ask(2).outcome == contracts.GIVEN


def measures() -> list[tuple[str, float, str]]:
    [measure] = [each for each in BillingService.metric_sources if each.__name__ == "fund_metrics"]
    with store.read() as read:
        return [(each.name, each.value, each.label) for each in measure(read, now())]


def test_a_token_that_is_answered_again_is_refused_no_longer(api: State) -> None:
    family(1)
    api.instead.append(Answer.error(403, "00100"))
    ask()
    with store.write() as write:
        for row in write.scalars(select(FundRefusal)):
            row.refused_at = now() - timedelta(hours=2)

    assert ask().outcome == contracts.UNKNOWN
    assert measures() == []
