"""Régies that take money online, by their contract with PayFiP; addresses of PayFiP and portal."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.billing.documents.ways_to_pay import means_to_pay
from services.billing.payments.rules.bills_payable_online import (
    is_amount_payable_online,
    payfip_mode_of,
)
from services.portal_gateway.bills.rules.bills import Bill
from services.portal_gateway.bills.rules.regies import is_payable_online
from shared.register import Register
from shared.runtime.ids import new_id
from shared.settings import Settings, SettingsIncomplete
from tests.factories.portal_bills import bill
from tests.factories.register import demo_rows


def town(folder: Path, *, demo: bool = True, **regie: Any) -> Register:
    """Return the demo town's register, or that of one that is none, with another régie."""
    rows = demo_rows()
    rows["town"]["demo"] = demo
    for provider in rows["providers"]:
        for entry in provider["regies"]:
            entry.update(regie)
    path = folder / "register.json"
    path.write_text(json.dumps(rows))
    return Register(path)


def settings(folder: Path, **env: str) -> Settings:
    usual = {
        "PREAU_HOME": str(folder),
        "PREAU_PRINCIPAL": "billing",
        "AMQP_URI": "amqp://127.0.0.1:9",
        "DATABASE_URL": "sqlite://",
    }
    return Settings.from_env(usual | env)


@pytest.mark.parametrize(
    ("stage", "mode", "in_a_real_town"),
    [("test", "T", False), ("activation", "X", False), ("production", "W", True)],
)
def test_a_contract_that_is_tried_out_takes_money_in_a_town_of_demonstration_alone(
    tmp_path: Path, stage: str, mode: str, in_a_real_town: bool
) -> None:
    assert is_amount_payable_online(town(tmp_path, payfip=stage), "ens", 4200)
    real = town(tmp_path, demo=False, payfip=stage)

    assert is_amount_payable_online(real, "ens", 4200) is in_a_real_town
    offered = Bill.from_card_row("ens", new_id(), bill(4200))
    assert is_payable_online(real, offered) is in_a_real_town  # what the portal offers
    printed = str(means_to_pay(real, "https://portail.example", real.provider_and_regie("ens")[1]))
    assert ("PayFiP" in printed) is in_a_real_town
    assert payfip_mode_of(real.provider_and_regie("ens")[1]) == mode


def test_without_a_client_number_nothing_is_paid_online(tmp_path: Path) -> None:
    assert not is_amount_payable_online(town(tmp_path, numcli=""), "ens", 4200)


@pytest.mark.parametrize(
    ("cents", "payable"),
    [(99, False), (100, True), (10_000_000, True), (10_000_001, False), (0, False), (-5, False)],
)
def test_payfip_takes_from_one_euro_to_a_hundred_thousand(
    tmp_path: Path, cents: int, payable: bool
) -> None:
    assert is_amount_payable_online(town(tmp_path), "ens", cents) is payable


def test_payfip_is_where_the_state_has_it_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    town(tmp_path)

    usual = settings(tmp_path)
    assert usual.payfip_service == "https://www.payfip.gouv.fr/tpa/services/securite"
    assert usual.payfip_page == "https://www.payfip.gouv.fr/tpa/paiementws.web"
    assert usual.portal_url == ""
    values = settings(
        tmp_path, PORTAL_URL="https://portail.example/", PAYFIP_PAGE="http://127.0.0.1:1"
    )
    assert (values.portal_url, values.payfip_page) == (
        "https://portail.example",
        "http://127.0.0.1:1",
    )


@pytest.mark.parametrize("name", ["PORTAL_URL", "PAYFIP_SERVICE", "PAYFIP_PAGE"])
def test_an_address_that_is_none_ends_the_process_at_its_start(tmp_path: Path, name: str) -> None:
    town(tmp_path)

    with pytest.raises(SettingsIncomplete):
        settings(tmp_path, **{name: "portail.example"})
