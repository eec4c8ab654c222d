"""Quotients asked of CAF and MSA: by whom, how often, what becomes of them, what is kept."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from services.billing.accounts.commands import fund_quotients
from services.billing.handlers.held_data import HELD
from services.billing.models import Base, FundRefusal, FundRequest, Quotient
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
from shared.contracts.billing.prices import quotients
from shared.contracts.billing.regie import payers as regie
from shared.contracts.errors import NotEntitled, NotFound
from shared.contracts.every_service.held_data import HeldOfPersonRequest
from shared.contracts.message import ContractBroken
from shared.database.person_data.held_data import held_rows
from shared.dates.clock import now, today
from shared.register import ApiParticulier
from shared.settings import ApiParticulierAccess, Settings
from tests.databases import Database
from tests.factories import api_particulier as fund
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.api_particulier import Answer, State
from tests.factories.runs import family, home

BORN_ON = date(1987, 6, 27)
COMMUNE, SECOND_NAME = "Canari-sur-Eure", "Canaria-Lucinda"


def first_of_month() -> date:
    """Return the first day of the current month: what the fund says is of a month."""
    return today().replace(day=1)


def me(number: int = 1, **more: Any) -> dict[str, Any]:
    """Return who the guardian of a household is, as it types it: « Famille 1 »."""
    usual: dict[str, Any] = {
        "birth_name": str(number),
        "use_name": "",
        "first_names": ["Famille"],
        "sex": "F",
        "born_on": BORN_ON,
        "country": "99100",
        "commune": "Aubeval",
        "department": "28",
    }
    return {**usual, **more}


def settings_of(folder: Path, database: Database, **more: str) -> Settings:
    env = {
        "PREAU_HOME": str(folder),
        "PREAU_PRINCIPAL": "billing",
        "AMQP_URI": "amqp://nobody:nothing@127.0.0.1:9/nowhere",
        "DATABASE_URL": database.url,
        "API_PARTICULIER_TOKEN": fund.TOKEN,
        **more,
    }
    return Settings.from_env(env)


@pytest.fixture
def api(database: Database, tmp_path: Path) -> Iterator[State]:
    """Give API Particulier, and billing of a town whose file names it."""
    with fund.api_particulier() as state:
        named = {"siret": fund.SIRET, "address": state.address}
        with runs.billing_on(database, tmp_path, {"api_particulier": named}):
            BillingService.settings = settings_of(tmp_path, database)
            yield state
            BillingService.settings = None


def ask(number: int = 1, by: int | None = None, **more: Any) -> contracts.AskFundAnswer:
    return make.ask(
        make.guardian(by or number),
        contracts.ask_fund,
        household_id=home(number),
        identity=me(number, **more),
    )


def given(number: int = 1, by: int | None = None) -> Any:
    return make.ask(
        make.guardian(by or number), quotients.my_quotients, household_id=home(number)
    ).given


def answers(accepted: bool, request_id: str, number: int = 1, by: int | None = None) -> None:
    make.ask(
        make.guardian(by or number),
        contracts.answer_fund,
        household_id=home(number),
        request_id=request_id,
        accepted=accepted,
    )


def recorded(number: int = 1) -> list[tuple[int, str, str, date, str]]:
    with store.read() as read:
        rows = read.scalars(select(Quotient).where(Quotient.household_id == home(number))).all()
        return [(row.cents, row.kind, row.source, row.valid_from, row.fund_proof) for row in rows]


def forget_wait() -> None:
    """Let the time pass after which a household may ask again."""
    with store.write() as write:
        for row in write.scalars(select(FundRequest)):
            row.again_at = None


def test_a_family_asks_reads_and_accepts_and_then_it_counts_as_if_an_agent_had_seen_it(
    api: State,
) -> None:
    family(1)
    api.knows("1", BORN_ON, fournisseur="MSA", valeur=512)

    assert ask() == contracts.AskFundAnswer(contracts.GIVEN, [])
    waiting = given()
    assert (waiting["cents"], waiting["kind"], waiting["valid_from"]) == (
        51_200,
        "msa",
        first_of_month(),
    )
    assert recorded() == []

    answers(True, waiting["request_id"])

    assert recorded() == [(51_200, "msa", "fetched", first_of_month(), fund.PROOF)]
    assert given() is None
    with pytest.raises(quotients.QuotientChecked):
        make.ask(
            make.guardian(1),
            quotients.declare_quotient,
            household_id=home(1),
            cents=100,
            kind="caf",
            valid_from=first_of_month(),
        )
    shown = make.ask(make.holder(), quotients_of_payer(), household_id=home(1)).quotients
    assert [(each["source"], each["proof"]) for each in shown] == [("fetched", fund.PROOF)]


def quotients_of_payer() -> Any:
    runs.sheet(today(), (home(1), runs.child(10), "present"))  # the régie knows who eats there
    return regie.payer_account


def test_what_a_family_leaves_counts_nowhere_and_waits_no_longer(api: State) -> None:
    family(1)
    api.knows("1", BORN_ON)
    ask()
    waiting = given()["request_id"]

    answers(False, waiting)

    assert (recorded(), given()) == ([], None)
    with pytest.raises(NotFound):
        answers(True, waiting)


def test_a_month_that_was_billed_is_set_right_by_the_next_run(api: State) -> None:
    family(1)
    runs.tariff(runs.by_quotient("canteen", 60_000, 200, 350))
    last_day = first_of_month() - timedelta(days=1)
    billed = last_day.strftime("%Y-%m")
    runs.meals(1, last_day)
    runs.run(billed)
    make.nothing_waits()
    api.instead.append(Answer.quotient(valeur=300, annee=last_day.year, mois=last_day.month))

    ask()
    answers(True, given()["request_id"])

    assert set(make.months_to_bill()) == {(home(1), billed)}


def test_the_town_s_siret_and_token_go_along_and_a_name_is_sent_as_it_was_typed(
    api: State,
) -> None:
    family(1)
    api.knows("1", BORN_ON)

    ask(first_names=["Famille", "Anne-Marie"], use_name="D’Été")

    [asked], [headers] = api.asked, api.headers
    assert asked["recipient"] == [fund.SIRET]
    assert asked["prenoms[]"] == ["Famille", "Anne-Marie"]
    assert asked["nomUsage"] == ["D’Été"]
    assert headers["Authorization"] == f"Bearer {fund.TOKEN}"
    assert "annee" not in asked and "mois" not in asked


def test_nobody_asks_for_another_household_nor_in_another_s_name(api: State) -> None:
    family(1)
    family(2)
    api.knows("2", BORN_ON)

    with pytest.raises(NotFound):
        ask(2, by=1)
    with pytest.raises(NotEntitled):
        make.ask(
            make.holder(),
            contracts.ask_fund,
            "enrolment_ens",
            household_id=home(1),
            identity=me(1),
        )
    assert ask(1, birth_name="2").outcome == contracts.OTHER_NAME
    assert api.asked == []


def test_the_other_parent_is_not_asked_about_by_one_s_own_name_behind_theirs(api: State) -> None:
    make.household_published(1, 1, guardians=[make.guardian_row(1, "Jean Martin")])
    api.knows("Durand", BORN_ON)
    theirs = {"birth_name": "Durand", "use_name": "Martin", "first_names": ["Marie", "Jean"]}

    assert ask(**theirs).outcome == contracts.OTHER_NAME
    assert api.asked == []


def test_what_one_guardian_has_not_answered_the_other_one_s_request_leaves(api: State) -> None:
    two_guardians(api)
    ask()
    waiting = given()["request_id"]
    assert ask(1, by=2, birth_name="2").outcome == contracts.GIVEN

    assert given()["request_id"] == waiting
    assert given(1, by=2)["cents"] == 90_000
    answers(True, waiting)
    assert [row[0] for row in recorded()] == [51_200]
    assert given(1, by=2) is not None


def test_what_was_asked_is_in_the_copy_of_who_asked_alone(api: State) -> None:
    two_guardians(api)
    ask()

    assert [row["table"] for row in held_of(1)] == ["fund_request"]
    assert held_of(2) == []


def held_of(guardian: int) -> list[Any]:
    """Return what billing gives of requests to the funds in a guardian's copy."""
    asked = HeldOfPersonRequest(
        after="",
        subject=make.guardian(guardian).subject,
        households=[home(1)],
        children=[],
        about=[],
        apart=False,
    )
    with store.read() as read:
        return [row for row in held_rows(read, HELD, asked) if row["table"] == "fund_request"]


def two_guardians(api: State) -> None:
    """Let a household have « Famille 1 » and « Famille 2 », with a quotient each."""
    both = [make.guardian_row(1, "Famille 1"), make.guardian_row(2, "Famille 2")]
    make.household_published(1, 2, guardians=both)
    api.knows("1", BORN_ON, valeur=512)
    api.knows("2", BORN_ON, valeur=900)


def test_the_other_guardian_of_a_household_neither_reads_nor_accepts_what_one_asked_for(
    api: State,
) -> None:
    two_guardians(api)
    ask()
    waiting = given()["request_id"]

    assert given(1, by=2) is None
    with pytest.raises(NotFound):
        answers(True, waiting, by=2)
    assert recorded() == []


def test_each_of_two_homes_has_a_quotient_of_its_own(api: State) -> None:
    for number, euros in ((1, 300), (2, 900)):
        family(number)
        api.knows(str(number), BORN_ON, valeur=euros)
        ask(number)
        answers(True, given(number)["request_id"], number)

    assert [recorded(number)[0][0] for number in (1, 2)] == [30_000, 90_000]


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


def test_what_an_agent_corrected_a_fund_does_not_replace_and_what_one_saw_it_does(
    api: State,
) -> None:
    for number, source in ((1, "corrected"), (2, "checked")):
        family(number)
        api.knows(str(number), BORN_ON, valeur=300)
        make.quotient(number, 70_000, first_of_month(), source)
        ask(number)

    with pytest.raises(contracts.QuotientCorrected):
        answers(True, given(1)["request_id"], 1)
    answers(True, given(2)["request_id"], 2)

    assert [row[2] for row in recorded(1)] == ["corrected"]
    assert sorted(row[2] for row in recorded(2)) == ["checked", "fetched"]


def test_an_answer_waits_for_a_day_and_is_then_let_go_of(api: State) -> None:
    family(1)
    api.knows("1", BORN_ON)
    ask()
    waiting = given()["request_id"]
    with store.write() as write:
        for row in write.scalars(select(FundRequest)):
            row.asked_at = now() - timedelta(days=1)

    assert given() is None
    with pytest.raises(NotFound):
        answers(True, waiting)
    BillingService().delete_old_fund_requests()
    with store.read() as read:
        assert read.scalars(select(FundRequest)).all() == []


def test_who_somebody_is_and_who_lives_with_them_is_kept_nowhere_and_logged_nowhere(
    api: State, capfd: pytest.CaptureFixture[str]
) -> None:
    family(1)
    api.knows("1", BORN_ON)
    api.instead.extend([Answer.error(422, "00366"), Answer(502, b"{}")])

    for _ in range(3):
        ask(first_names=["Famille", SECOND_NAME], commune=COMMUNE)
        forget_wait()
    answers(True, given()["request_id"])

    canaries = (*fund.CANARIES, COMMUNE, SECOND_NAME, BORN_ON.isoformat(), fund.TOKEN)
    with store.read() as read:
        stored = [
            str(read.execute(select(text("*")).select_from(table)).all())
            for table in Base.metadata.sorted_tables
        ]
    said = "\n".join([*stored, *capfd.readouterr()])
    assert fund.PROOF in said
    assert [canary for canary in canaries if canary in said] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"commune": ""},
        {"department": ""},
        {"department": "99"},
        {"country": "350"},
        {"sex": "X"},
        {"first_names": []},
        {"first_names": ["a", "b", "c", "d"]},
        {"birth_name": ""},
    ],
    ids=lambda wrong: str(wrong),
)
def test_who_cannot_be_meant_is_refused_before_anybody_is_asked(
    api: State, wrong: dict[str, Any]
) -> None:
    family(1)

    with pytest.raises(ContractBroken):
        ask(**wrong)
    assert api.asked == []
