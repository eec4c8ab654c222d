"""Alerts outside the portal: their words, their way through a push service, their end."""

from base64 import urlsafe_b64decode
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from services.portal_gateway.alerts.client import push_addresses
from services.portal_gateway.alerts.client.encryption import (
    BadKeys,
    encrypt_for_browser,
    read_browser_key,
)
from services.portal_gateway.alerts.client.push_addresses import (
    Refused,
    public_address,
    read_endpoint,
)
from services.portal_gateway.alerts.rules.alert_texts import (
    Words,
    closure_alert_words,
    gsm_text,
    sms_text,
)
from services.portal_gateway.alerts.rules.mobiles import as_e164
from services.portal_gateway.alerts.rules.retries_of_alerts import (
    MOST_ATTEMPTS,
    UNCERTAIN,
    WAITING,
    is_given_up,
    next_attempt_at,
    state_of_lost_alert,
)
from services.portal_gateway.notices.rules.notice_emails import days_for_which_notice_is_urgent
from shared.web.language.day_phrases import days_in_words

MONDAY = date(2026, 11, 30)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_message_is_encrypted_as_in_the_example_of_the_standard() -> None:
    """RFC 8291, section 5 and appendix A."""
    own = ec.derive_private_key(
        int.from_bytes(raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )

    body = encrypt_for_browser(
        b"When I grow up, I want to be a watermelon",
        raw(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        ),
        raw("BTBZMqHH6r4Tts7J_aSIgg"),
        own=own,
        salt=raw("DGv6ra1nlYgDCS1FRnbzlw"),
    )

    assert body == raw(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
        "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
        "lcy4a-fN"
    )


@pytest.mark.parametrize("key", [b"", b"\x04" + bytes(64), bytes(65), b"\x02" + bytes(32)])
def test_what_is_no_point_of_the_curve_is_no_key(key: bytes) -> None:
    with pytest.raises(BadKeys):
        read_browser_key(key)


@pytest.mark.parametrize(
    "address",
    [
        "http://push.example.org/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "https://localhost/a",
        "https://127.1/a",
        "https://0x7f000001.0x1/a",
        "https://push.example.org./a",
        "https://push..example.org/a",
        "https://.example.org/a",
        f"https://{'a' * 64}.example.org/a",
        f"https://{'a.' * 130}org/a",
        "https://push.example.org:8443/a",
        "https://somebody@push.example.org/a",
        "https://push.example.org/a b",
        "https://push.example.org:port/a",
        "ftp://push.example.org/a",
        "/a",
        "",
        f"https://push.example.org/{'a' * 1000}",
    ],
)
def test_an_address_that_leads_into_the_town_s_own_network_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        read_endpoint(address)


@pytest.mark.parametrize(
    "found",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"),
        *("::7f00:1", "fec0::1"),
        *("224.0.0.1", "255.255.255.255"),
    ],
)
def test_a_name_that_leads_to_a_private_address_is_refused_even_beside_a_public_one(
    monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    both = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", (found, 443))]
    monkeypatch.setattr(push_addresses.socket, "getaddrinfo", lambda *_a, **_k: both)

    with pytest.raises(Refused):
        public_address("push.example.org")


def test_what_the_town_names_itself_is_taken_as_it_is() -> None:
    endpoint = read_endpoint("http://127.0.0.1:8080/push/a", "http://127.0.0.1:8080")

    assert (endpoint.address, endpoint.port, endpoint.path) == ("127.0.0.1", 8080, "/push/a")
    with pytest.raises(Refused):
        read_endpoint("http://127.0.0.1:8081/push/a", "http://127.0.0.1:8080")


def test_a_closure_says_service_and_days_in_both_languages() -> None:
    words = closure_alert_words("Enseignement", [date(2026, 12, 1)], False, MONDAY)

    assert words["fr"] == Words("Enseignement", "Annulé : mardi 1er\u00a0décembre.")
    assert words["en"] == Words("Enseignement", "Cancelled: Tuesday 1\u00a0December.")
    lifted = closure_alert_words("Enseignement", [date(2026, 12, 1)], True, MONDAY)
    assert lifted["fr"].text == "L’annulation est levée : mardi 1er\u00a0décembre."


def test_many_days_are_named_three_at_most() -> None:
    days = [date(2026, 12, number) for number in (4, 1, 2, 3, 7)]

    said = days_in_words(days, "fr", MONDAY).replace("\u00a0", " ")

    assert said == ("mardi 1er décembre, mercredi 2 décembre, jeudi 3 décembre et 2 autres jours")
    assert days_in_words(days[:1], "fr", MONDAY).replace("\u00a0", " ") == "vendredi 4 décembre"


def test_an_sms_holds_signs_that_every_telephone_has_and_is_one_alone() -> None:
    assert (
        gsm_text("Fête de l’école à Noël, c’est levé…") == "Fete de l'école à Noel, c'est levé..."
    )
    long = Words("Maisons de quartier " * 10, "Annulé : mardi 1er\u00a0décembre.")

    text = sms_text(long, "https://familles.example.org")

    assert len(text) <= 160
    assert text.endswith(" https://familles.example.org")


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("06 12 34 56 78", "+33612345678"),
        ("07.12.34.56.78", "+33712345678"),
        ("+33 6 12 34 56 78", "+33612345678"),
        ("0033612345678", "+33612345678"),
        ("+262 692 12 34 56", "+262692123456"),
        ("01 23 45 67 89", None),
        ("06 12 34 56", None),
        ("+44 7700 900123", None),
        ("", None),
    ],
)
def test_a_mobile_is_dialled_as_from_abroad(typed: str, number: str | None) -> None:
    assert as_e164(typed) == number


def test_tries_come_slower_and_end() -> None:
    waits = [next_attempt_at(tries, None, NOON) - NOON for tries in range(1, MOST_ATTEMPTS + 1)]

    assert waits[0] == timedelta(seconds=5)
    assert waits == sorted(waits)
    assert max(waits) <= timedelta(minutes=30)
    assert next_attempt_at(1, timedelta(minutes=2), NOON) == NOON + timedelta(minutes=2)
    assert next_attempt_at(1, timedelta(days=2), NOON) == NOON + timedelta(minutes=30)
    assert is_given_up(MOST_ATTEMPTS, NOON, NOON)
    assert is_given_up(1, NOON - timedelta(hours=6), NOON)
    assert not is_given_up(1, NOON, NOON)


def test_an_sms_that_may_have_left_is_never_sent_again() -> None:
    assert state_of_lost_alert("sms") == UNCERTAIN
    assert state_of_lost_alert("push") == WAITING


@pytest.mark.parametrize(
    ("kind", "days", "told"),
    [
        ("closure", ["2026-11-29", "2026-11-30", "2026-12-01"], 2),
        ("closure_lifted", ["2026-12-01"], 1),
        ("closure", ["2026-11-29"], 0),
        ("closure", [], 0),
        ("outing", ["2026-12-01"], 0),
    ],
)
def test_only_closures_of_days_to_come_are_told_at_once(
    kind: str, days: list[str], told: int
) -> None:
    assert len(days_for_which_notice_is_urgent(kind, {"days": days}, MONDAY)) == told
