"""The stand-in for PayFiP, driven by a client that is not ours: eopayment's, of Entr'ouvert."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import eopayment
import pytest
import requests
import zeep
from eopayment.payfip_ws import PayFiPError

from deploy.demo.payfip_stub.server import Stub
from deploy.demo.payfip_stub.soap import CREATE, DETAIL, SERVICE

RETURN, NOTIFY = "http://127.0.0.1:9/retour", "http://127.0.0.1:9/notification"
REFERENCE = "20260010000123"


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    """Give a running stand-in."""
    stub = Stub()
    threading.Thread(target=stub.serve, daemon=True).start()
    yield stub
    stub.close()


@pytest.fixture
def backend(stub: Stub) -> Any:
    """Give eopayment's PayFiP backend, whose address is the stand-in's."""
    settings = {
        "numcli": "000101",
        "saisie": "W",
        "normal_return_url": RETURN,
        "automatic_return_url": NOTIFY,
    }
    payment = eopayment.Payment("payfip_ws", settings)
    client = payment.backend.payfip.client
    [binding] = client.wsdl.bindings
    client._default_service = client.create_service(binding, stub.service)
    return payment


def opened(backend: Any) -> str:
    idop, _, _ = backend.request("42.00", email="claire@example.org", refdet=REFERENCE)
    return idop


def pilot(stub: Stub, **order: Any) -> None:
    requests.post(stub.pilot, json=order, timeout=10).raise_for_status()


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        ("P", eopayment.PAID),
        ("V", eopayment.PAID),
        ("R", eopayment.DENIED),
        ("Z", eopayment.DENIED),
        ("A", eopayment.WAITING),  # for two minutes
        ("Y", eopayment.ERROR),
    ],
)
def test_another_client_reads_every_result(
    stub: Stub, backend: Any, outcome: str, result: int
) -> None:
    idop = opened(backend)
    pilot(stub, idop=idop, outcome=outcome, notify=0)

    response = backend.payment_status(idop)

    assert response.result == result
    assert response.order_id == idop
    assert response.bank_data["montant"] == "4200"
    assert response.bank_data["refdet"] == REFERENCE


def test_another_client_waits_for_what_is_not_decided_and_gives_up_what_is_not_known(
    stub: Stub, backend: Any
) -> None:
    idop = opened(backend)
    assert backend.payment_status(idop).result == eopayment.WAITING
    earlier = datetime.now(UTC) - timedelta(hours=3)
    assert backend.payment_status(idop, transaction_date=earlier).result == eopayment.EXPIRED

    pilot(stub, idop=idop, forget=True)

    assert backend.payment_status(idop).result == eopayment.EXPIRED


def test_another_client_sees_test_mode_and_another_amount(stub: Stub, backend: Any) -> None:
    idop = opened(backend)
    pilot(stub, idop=idop, outcome="P", notify=0, says={"saisie": "T", "montant": "4100"})

    response = backend.payment_status(idop)

    assert response.test
    assert response.bank_data["montant"] == "4100"


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ({"http": 500}, "SOAP error"),
        ({"garbage": True}, "SOAP error"),
        ({"breakdown": "TechIndisponibiliteErreur"}, "unknown"),
        ({"fault": "P2"}, "P2"),
    ],
)
def test_another_client_meets_every_trouble(
    stub: Stub, backend: Any, trouble: dict[str, Any], code: str
) -> None:
    idop = opened(backend)
    pilot(stub, on=DETAIL, **trouble)

    with pytest.raises(PayFiPError) as failed:
        backend.payment_status(idop)
    assert failed.value.code == code


@pytest.mark.parametrize(
    "wrong",
    [{"exer": "26"}, {"refdet": "12345"}, {"montant": "99"}, {"numcli": "1"}, {"saisie": "M"}],
)
def test_a_field_that_the_service_does_not_take_is_refused_by_a_fault(
    stub: Stub, backend: Any, wrong: dict[str, str]
) -> None:
    asked = {
        "numcli": "000101",
        "saisie": "W",
        "exer": "2026",
        "refdet": REFERENCE,
        "montant": "4200",
        "mel": "claire@example.org",
        "url_notification": NOTIFY,
        "url_redirect": RETURN,
    }

    with pytest.raises(PayFiPError):
        backend.backend.payfip.get_idop(**{**asked, **wrong})


def test_whose_a_client_number_is_is_said(backend: Any) -> None:
    assert backend.backend.payfip.get_info_client("000101").numcli == "000101"


def test_its_own_description_is_enough_for_a_client_that_knows_nothing_else(stub: Stub) -> None:
    client = zeep.Client(f"{stub.service}?wsdl")

    assert client.service.recupererDetailClient(arg0={"numCli": "000101"}).numcli == "000101"
    assert {CREATE, DETAIL} < set(dir(client.service))
    assert next(iter(client.wsdl.bindings)).startswith(f"{{{SERVICE}}}")


@pytest.mark.parametrize(("choice", "shown"), [("P", "P"), ("V", "V"), ("R", "R"), ("A", "A")])
def test_the_page_shows_what_is_paid_and_sends_the_person_back(
    stub: Stub, backend: Any, choice: str, shown: str
) -> None:
    idop = opened(backend)
    page = requests.get(stub.page, params={"idop": idop}, timeout=10)
    assert "Banque de démonstration" in page.text
    assert REFERENCE in page.text
    assert "42,00\u00a0€" in page.text

    form = {"idop": idop, "choix": choice}
    sent = requests.post(stub.page, data=form, timeout=10, allow_redirects=False)

    assert (sent.status_code, sent.headers["Location"]) == (303, RETURN)
    assert backend.backend.payfip.get_info_paiement(idop).resultrans == shown


def test_a_page_closed_without_a_word_decides_nothing(stub: Stub, backend: Any) -> None:
    idop = opened(backend)

    form = {"idop": idop, "choix": "silence"}
    sent = requests.post(stub.page, data=form, timeout=10, allow_redirects=False)

    assert sent.status_code == 200
    assert backend.payment_status(idop).result == eopayment.WAITING


def test_what_is_paid_is_not_paid_again(stub: Stub, backend: Any) -> None:
    idop = opened(backend)
    form = {"idop": idop, "choix": "P"}
    requests.post(stub.page, data=form, timeout=10, allow_redirects=False)

    requests.post(stub.page, data={**form, "choix": "A"}, timeout=10, allow_redirects=False)

    assert backend.payment_status(idop).result == eopayment.PAID
    assert "<button" not in requests.get(stub.page, params={"idop": idop}, timeout=10).text


def test_an_operation_that_nobody_opened_has_no_page(stub: Stub) -> None:
    assert requests.get(stub.page, params={"idop": "<script>"}, timeout=10).status_code == 404
