"""Fields sent to PayFiP: each as its service takes it, checked before it leaves."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from services.billing.payments.payfip import client
from services.billing.payments.payfip.client import PayFip
from services.billing.payments.payfip.rules.order_fields import check_order, is_code, is_idop
from services.billing.payments.payfip.types import Declined, FieldsRefused, Order

ORDER = Order(
    exer="2026",
    mel="claire@example.org",
    montant="4200",
    numcli="000101",
    objet="Facture 2026 ENS 000123",
    refdet="20260010000123",
    saisie="W",
    urlnotif="https://portail.example/paiement/notification",
    urlredirect="https://portail.example/paiement/retour/1",
)


def test_an_order_as_it_should_be_is_taken() -> None:
    check_order(ORDER)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exer", "26"),
        ("exer", "2026\n"),
        ("mel", "a@b.c"),
        ("mel", "nobody.example.org"),
        ("mel", "two@@example.org"),
        ("mel", f"{'a' * 70}@example.org"),
        ("montant", "99"),
        ("montant", "10000001"),
        ("montant", "042"),
        ("montant", "42.00"),
        ("montant", "-4200"),
        ("montant", "٤٢٠٠"),
        ("numcli", "101"),
        ("numcli", "00010A"),
        ("objet", "Cantine d’été n°12"),
        ("objet", "a" * 101),
        ("refdet", "12345"),
        ("refdet", "2026-ENS-000123"),
        ("refdet", "1" * 31),
        ("saisie", "M"),
        ("saisie", ""),
        ("urlnotif", "javascript:alert(1)"),
        ("urlnotif", "/paiement/notification"),
        ("urlredirect", "https://portail.example/ retour"),
    ],
)
def test_a_field_that_payfip_would_not_take_is_named_and_its_value_is_not(
    name: str, value: str
) -> None:
    with pytest.raises(FieldsRefused) as refused:
        check_order(replace(ORDER, **{name: value}))

    assert refused.value.fields == (name,)
    assert not value or value not in str(refused.value)


@pytest.mark.parametrize("idop", ["", "a b", "x" * 81, "é", "../..", None, 12])
def test_what_is_no_operation_number_is_not_asked_for(idop: object) -> None:
    assert not is_idop(idop)
    with pytest.raises(Declined):
        PayFip("http://127.0.0.1:9/", "http://127.0.0.1:9/").ask_for_outcome(idop)  # type: ignore[arg-type]


def test_only_codes_of_payfip_are_kept_as_codes() -> None:
    assert is_code("P5")
    assert not any(is_code(text) for text in ("", "p5", "claire@example.org", "P5\n"))


def test_the_description_names_three_operations_and_four_faults() -> None:
    tree = ElementTree.parse(Path(client.WSDL))
    wsdl = "{http://schemas.xmlsoap.org/wsdl/}"
    operations = [each.get("name") for each in tree.findall(f"{wsdl}portType/{wsdl}operation")]
    faults = {each.get("name") for each in tree.iter(f"{wsdl}fault")}

    assert operations == [
        "creerPaiementSecurise",
        "recupererDetailPaiementSecurise",
        "recupererDetailClient",
    ]
    assert faults == {
        "FonctionnelleErreur",
        "TechDysfonctionnementErreur",
        "TechIndisponibiliteErreur",
        "TechProtocolaireErreur",
    }
