"""Quotients asked of CAF and MSA, as a guardian asks for them and answers."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from deploy.instance.secrets import new_encryption_key
from services.billing.models import FundRequest, Quotient
from services.billing.service import BillingService
from services.billing.store import store
from shared.contracts.billing.prices import fund_quotients as contracts
from shared.contracts.billing.prices import quotients
from shared.dates.clock import today
from shared.settings import Settings
from tests.databases import Database
from tests.factories import api_particulier as fund
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.api_particulier import State
from tests.factories.runs import home

BORN_ON = date(1987, 6, 27)


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
        "KEY_ENCRYPTION_KEY": new_encryption_key(),
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


def two_guardians(api: State) -> None:
    """Let a household have « Famille 1 » and « Famille 2 », with a quotient each."""
    both = [make.guardian_row(1, "Famille 1"), make.guardian_row(2, "Famille 2")]
    make.household_published(1, 2, guardians=both)
    api.knows("1", BORN_ON, valeur=512)
    api.knows("2", BORN_ON, valeur=900)
