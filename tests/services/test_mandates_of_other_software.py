"""Mandates signed for another software go on under their old references, at one régie."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from services.billing.debits.commands import debit_runs
from services.billing.models import Mandate, NumberSeries
from services.billing.models.sealed_columns import account_sealer
from services.billing.service import BillingService
from services.billing.store import store
from shared.contracts.billing import debits as contracts
from shared.contracts.message import ContractBroken
from shared.dates.clock import now, today
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs as billed
from tests.factories import treasury as lots
from tests.factories.runs import home

IBAN, OTHER_IBAN = "FR5710071280000000101234557", "FR7630006000011234567890189"
SIGNED = date(2019, 9, 2)


@pytest.fixture(autouse=True)
def billing(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give billing two families, and a régie that debits."""
    monkeypatch.setattr(BillingService, "settings", lots.Settings())
    with billed.billing_on(database, tmp_path):
        billed.family(1)
        billed.family(2)
        yield


def mandate(number: int = 1, **more: Any) -> dict[str, Any]:
    signed = {
        "household_id": home(number),
        "given_by": make.guardian(number).subject,
        "rum": f"ARD-2019/{number}",
        "holder": "Élodie Canari",
        "iban": IBAN,
        "signed_on": SIGNED,
        "used_on": today() - timedelta(days=20),
    }
    return {**signed, **more}


def brought(*rows: dict[str, Any], provider: str = "ens") -> Any:
    fields = {"batch": "ardoise", "provider": provider, "mandates": list(rows)}
    return make.ask(None, contracts.import_mandates, **fields)


def whys(answer: Any) -> list[str]:
    return [row["why"] for row in answer.refused]


def taken_back() -> tuple[int, int]:
    answer = make.ask(None, contracts.undo_mandates, batch="ardoise")
    return answer.removed, answer.kept


def mine(number: int = 1) -> list[tuple[str, str, date]]:
    answer = make.ask(make.guardian(number), contracts.my_mandates, household_id=home(number))
    return [(row["rum"], row["last4"], row["signed_on"]) for row in answer.mandates]


def test_a_mandate_goes_on_under_its_old_reference_once_and_its_account_is_sealed() -> None:
    first, again = brought(mandate()), brought(mandate())

    assert (first.new, again.new, again.same) == (1, 0, 1)
    assert mine() == [("ARD-2019/1", "4557", SIGNED)]
    with store.read() as read:
        row = read.scalars(select(Mandate)).one()
    assert IBAN.encode() not in row.account and row.used_on == today() - timedelta(days=20)


def test_a_mandate_that_was_used_elsewhere_is_debited_as_a_further_one_of_its_reference() -> None:
    lots.late_bills(10, month="2026-09", at=datetime(2026, 10, 2, 9, tzinfo=UTC))
    brought(mandate())
    day = {"regie": "ens", "collect_on": today()}
    earliest = make.ask(make.holder(), contracts.preview_debits, **day).earliest
    seen = make.ask(make.holder(), contracts.preview_debits, **{**day, "collect_on": earliest})
    shown = {"debits": seen.debits, "total_cents": seen.total_cents, "collect_on": earliest}

    run = make.ask(make.holder(), contracts.order_debits, regie="ens", **shown).run_id

    [debit] = make.ask(make.holder(), contracts.read_debits, run_id=run).debits
    assert (debit["rum"], debit["sequence"]) == ("ARD-2019/1", "RCUR")
    assert taken_back() == (0, 1), "what was debited here stays"


@pytest.mark.both_databases
def test_a_batch_that_is_taken_back_while_it_is_debited_keeps_what_is() -> None:
    lots.late_bills(10, month="2026-09", at=datetime(2026, 10, 2, 9, tzinfo=UTC))
    brought(mandate(1), mandate(2))
    day = {"regie": "ens", "collect_on": today()}
    earliest = make.ask(make.holder(), contracts.preview_debits, **day).earliest
    seen = make.ask(make.holder(), contracts.preview_debits, **{**day, "collect_on": earliest})
    came: list[tuple[int, int]] = []

    undo = threading.Thread(target=lambda: came.append(taken_back()))
    with store.write() as write:
        provider = store.register.provider("ens")
        sums = (seen.debits, seen.total_cents)
        key = account_sealer(lots.Settings.key_encryption_key)
        regie, by = provider.regies[0], make.AGENT
        debit_runs.debit_bills_of_day(write, provider, regie, earliest, sums, key, by=by, at=now())
        undo.start()
        undo.join(0.5)
    undo.join()

    assert came == [(2 - seen.debits, seen.debits)]


def test_a_mandate_that_slept_for_three_years_or_is_of_a_stranger_or_wrong_is_refused() -> None:
    slept = {"used_on": None, "signed_on": today() - timedelta(days=1200)}

    refused = brought(
        mandate(1, **slept),
        mandate(2, given_by=make.guardian(1).subject),
        mandate(2, rum="ARD-2", iban="FR5710071280000000101234558"),
        mandate(2, rum="ARD-3", signed_on=today() + timedelta(days=1)),
    )

    assert whys(refused) == ["void", "unknown_payer", "wrong_account", "void"]
    assert mine(1) == mine(2) == []


def test_one_mandate_at_a_regie_and_one_household_behind_a_reference() -> None:
    brought(mandate(1))

    refused = brought(
        mandate(1, rum="ARD-ANOTHER"),
        mandate(1, iban=OTHER_IBAN),
        mandate(2, rum="ARD-2019/1"),
    )

    assert whys(refused) == ["other_mandate", "rum_taken", "rum_taken"]
    assert whys(brought(mandate(2), provider="agg")) == ["not_offered"]


@pytest.mark.parametrize("rum", ["ÉTÉ-1", " ARD-1", "X" * 36], ids=["accent", "blank", "long"])
def test_a_reference_that_no_bank_takes_is_no_message(rum: str) -> None:
    with pytest.raises(ContractBroken):
        brought(mandate(rum=rum))


def test_what_was_withdrawn_or_suspended_here_is_not_taken_back_nor_brought_again() -> None:
    brought(mandate(1), mandate(2))
    with store.write() as write:
        ended = update(Mandate).where(Mandate.household_id == home(1))
        write.execute(ended.values(state="withdrawn", ended_at=Mandate.given_at))

    assert taken_back() == (1, 1)
    assert whys(brought(mandate(1))) == ["rum_taken"]
    assert brought(mandate(2)).new == 1


def test_a_reference_that_came_is_given_to_no_mandate_that_a_family_signs_here() -> None:
    """A refusal gives the number back: the next to sign would be given it again, for ever."""
    rum = _given(1)
    with store.write() as write:
        write.execute(delete(Mandate))
        write.execute(update(NumberSeries).values(last=0))
    brought(mandate(2, rum=rum))

    assert _given(1) not in ("", rum)


def _given(number: int) -> str:
    signs = {"household_id": home(number), "provider": "ens", "kind": "recurrent"}
    account = {"holder": "Élodie Canari", "iban": IBAN, "bic": ""}
    answer = make.ask(make.guardian(number), contracts.give_mandate, **signs, **account)
    return str(answer.rum)
