"""Our client for PayFiP over HTTP: what it understands, what it makes of nonsense, and how long."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from deploy.demo.payfip_stub.server import Stub
from deploy.demo.payfip_stub.soap import CLIENT, CREATE, DETAIL
from services.billing.payments.payfip.client import AT_ONCE, PayFip
from services.billing.payments.payfip.types import Declined, FieldsRefused, Order, PayFipUnavailable
from services.billing.store import store
from shared.runtime.no_waiting_in_writes import YieldsInWrite
from tests.factories.endless_answers import PATIENCE, answering
from tests.factories.paying import at_once

SECRET = "claire.lefevre@example.org"
ORDER = Order(
    exer="2026",
    mel=SECRET,
    montant="4200",
    numcli="000101",
    objet="Facture 2026 ENS 000123",
    refdet="20260010000123",
    saisie="W",
    urlnotif="http://127.0.0.1:9/notification",
    urlredirect="http://127.0.0.1:9/retour",
)
GREEN = """
import eventlet
eventlet.monkey_patch()
import sys, time
from services.billing.payments.payfip.client import PayFip
ticks = []
def tick():
    while True:
        ticks.append(1)
        time.sleep(0.01)
eventlet.spawn(tick)
payfip = PayFip(sys.argv[1], sys.argv[2], 20.0)
names = list(eventlet.GreenPool(5).imap(lambda _: payfip.name_of_client_number("000101"), range(5)))
assert len(set(names)) == 1, names
print("went on" if len(ticks) > 5 else "stood still")
"""


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Give a running stand-in for PayFiP."""
    stub = Stub()
    threading.Thread(target=stub.serve, daemon=True).start()
    yield stub
    stub.close()


@pytest.fixture
def payfip(stub: Stub) -> PayFip:
    return PayFip(stub.service, stub.page, 10.0)


def troubles(stub: Stub, on: str, **kind: Any) -> None:
    requests.post(stub.pilot, json={"on": on, **kind}, timeout=10).raise_for_status()


def test_a_payment_is_opened_and_its_page_is_payfips(stub: Stub, payfip: PayFip) -> None:
    idop = payfip.open_operation(ORDER)

    assert payfip.payment_url(idop) == f"{stub.page}?idop={idop}"
    with pytest.raises(Declined) as no:
        payfip.ask_for_outcome(idop)
    assert no.value.code == "P5"


def test_all_that_payfip_says_of_a_payment_is_read(stub: Stub, payfip: PayFip) -> None:
    idop = payfip.open_operation(ORDER)
    order = {"idop": idop, "outcome": "V", "notify": 0}
    requests.post(stub.pilot, json=order, timeout=10).raise_for_status()

    said = payfip.ask_for_outcome(idop)

    assert (said.idop, said.montant, said.refdet) == (idop, "4200", "20260010000123")
    assert (said.exer, said.numcli, said.saisie, said.resultrans) == ("2026", "000101", "W", "V")
    assert (len(said.dattrans), len(said.heurtrans), bool(said.numauto)) == (8, 4, True)


def test_whose_a_client_number_is_is_asked(payfip: PayFip) -> None:
    assert payfip.name_of_client_number("000101") == "Banque de démonstration Régie"


def test_a_wrong_field_is_never_sent(stub: Stub, payfip: PayFip) -> None:
    with pytest.raises(FieldsRefused):
        payfip.open_operation(replace(ORDER, refdet="2026-ENS-000123"))

    assert requests.get(stub.pilot, timeout=10).json() == []


@pytest.mark.parametrize(
    "kind",
    [
        {"http": 500},
        {"http": 302},
        {"garbage": True},
        {"lost": True},
        {"breakdown": "TechProtocolaireErreur"},
    ],
)
def test_silence_and_nonsense_are_one_word_without_a_value_in_it(
    stub: Stub, payfip: PayFip, kind: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    troubles(stub, CREATE, **kind)

    with pytest.raises(PayFipUnavailable) as silent:
        payfip.open_operation(ORDER)

    assert str(silent.value) == ""
    assert silent.value.__context__ is None
    assert SECRET not in "".join(capfd.readouterr())


@pytest.mark.parametrize("code", ["claire@example.org", "", "P5 and more"])
def test_a_code_that_is_none_of_payfips_is_not_kept(stub: Stub, payfip: PayFip, code: str) -> None:
    troubles(stub, DETAIL, fault=code or " ")

    with pytest.raises(Declined) as no:
        payfip.ask_for_outcome("some-operation")

    assert no.value.code == "unknown"


def test_where_nobody_listens_payfip_is_silent() -> None:
    with pytest.raises(PayFipUnavailable):
        PayFip("http://127.0.0.1:9/", "http://127.0.0.1:9/").name_of_client_number("000101")


@pytest.mark.parametrize(
    ("head", "drip"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"a", id="body"),
    ],
)
def test_where_payfip_never_comes_to_an_end_it_is_silent(head: bytes, drip: bytes) -> None:
    with answering(head, drip) as origin:
        begun = time.monotonic()

        with pytest.raises(PayFipUnavailable):
            PayFip(f"{origin}/", f"{origin}/", PATIENCE).name_of_client_number("000101")

        assert time.monotonic() - begun < 10 * PATIENCE


def test_where_payfip_hangs_some_wait_and_the_others_hear_it_at_once(stub: Stub) -> None:
    troubles(stub, CLIENT, wait=2.0, times=AT_ONCE)
    payfip = PayFip(stub.service, stub.page, 20.0)

    outcomes = at_once(*[lambda: payfip.name_of_client_number("000101")] * (AT_ONCE + 3))

    assert sum(isinstance(each, PayFipUnavailable) for each in outcomes) >= 1
    assert payfip.name_of_client_number("000101")


def test_nothing_is_asked_inside_a_write(payfip: PayFip, tmp_path: Any) -> None:
    store.connect(f"sqlite:///{tmp_path}/data.sqlite")

    with pytest.raises(YieldsInWrite), store.write():
        payfip.name_of_client_number("000101")
    store.close()


def test_the_service_on_eventlet_goes_on_while_payfip_is_asked(stub: Stub) -> None:
    troubles(stub, CLIENT, wait=0.5, times=5)

    command = [sys.executable, "-W", "ignore", "-c", GREEN, stub.service, stub.page]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.strip() == "went on"
