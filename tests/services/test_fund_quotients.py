"""Quotients asked of CAF and MSA: by whom, what becomes of them, what is kept."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from services.billing.handlers.held_data import HELD
from services.billing.models import Base, FundRequest
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
from tests.factories import api_particulier as fund
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.api_particulier import Answer, State
from tests.factories.fund_quotients import (
    BORN_ON,
    answers,
    api,
    ask,
    first_of_month,
    forget_wait,
    given,
    me,
    recorded,
    two_guardians,
)
from tests.factories.runs import family, home

__all__ = ["api"]

COMMUNE, SECOND_NAME = "Canari-sur-Eure", "Canaria-Lucinda"


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
