"""Tokens, and the gate that lets a person through with one."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.contracts.errors import NotSignedIn
from shared.contracts.message import Person
from shared.person import AccountStatus, TokenCheck, Verifier, issue_token

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


# --- Tokens ---


@pytest.fixture(scope="module")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def verifier(key: Ed25519PrivateKey) -> Verifier:
    return Verifier(key.public_key())


AT = NOON.timestamp()
CAMILLE = Person("0192-camille", "portal", "family")


def token(key: Any, **claims: Any) -> str:
    """Return a token signed with `key` whose claims were changed; None leaves one out."""
    usual = {"sub": CAMILLE.subject, "azp": "portal", "kind": "family", "iat": AT, "exp": AT + 300}
    changed = {name: value for name, value in (usual | claims).items() if value is not None}
    return jwt.encode(changed, key, algorithm="EdDSA")


def test_a_token_says_who_and_through_whom_and_nothing_else(
    key: Ed25519PrivateKey, verifier: Verifier
) -> None:
    text = issue_token(key, CAMILLE.subject, "portal", "family", issued_at=NOON)

    claims = verifier.claims(text, AT + 1)

    assert claims.person == CAMILLE
    assert (claims.issued_at, claims.expires_at) == (AT, AT + 300)
    assert jwt.decode(text, options={"verify_signature": False}).keys() == {
        "sub",
        "azp",
        "kind",
        "iat",
        "exp",
    }


def test_a_token_keeps_the_microsecond_it_was_issued_in(
    key: Ed25519PrivateKey, verifier: Verifier
) -> None:
    moment = NOON + timedelta(microseconds=123457)
    text = issue_token(key, CAMILLE.subject, "portal", "family", issued_at=moment)

    assert verifier.claims(text, AT + 1).issued_at == moment.timestamp()


def test_a_token_dies_in_five_minutes_though_it_was_seen_before(
    key: Ed25519PrivateKey, verifier: Verifier
) -> None:
    text = token(key)
    verifier.claims(text, AT + 299)

    with pytest.raises(NotSignedIn):
        verifier.claims(text, AT + 300)


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": None},
        {"azp": None},
        {"exp": None},
        {"iat": None},
        {"kind": "ghost"},
        {"kind": 3},
        {"exp": "tomorrow"},
        {"exp": AT - 1, "iat": AT - 2},
        {"iat": AT + 3600, "exp": AT + 4000},
        {"iat": True},
        {"roles": ["administrator"]},
    ],
)
def test_a_token_with_other_claims_is_refused(
    key: Ed25519PrivateKey, verifier: Verifier, claims: dict[str, Any]
) -> None:
    with pytest.raises(NotSignedIn):
        verifier.claims(token(key, **claims), AT + 1)


def _other_payload(text: str) -> str:
    head, _, signature = text.split(".")
    forged = {"sub": "somebody", "azp": "portal", "kind": "family", "iat": AT, "exp": AT + 300}
    body = urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("=")
    return f"{head}.{body}.{signature}"


@pytest.mark.parametrize(
    "forge",
    [
        _other_payload,
        lambda text: text[:-4] + "AAAA",
        lambda _text: token(Ed25519PrivateKey.generate()),
        lambda _text: jwt.encode({"sub": "x"}, None, algorithm="none"),
        lambda _text: jwt.encode({"sub": "x"}, "k" * 32, algorithm="HS256"),
        lambda _text: "",
        lambda _text: "a.b.c",
        lambda _text: "é" * 50,
        lambda text: text * 20,
    ],
)
def test_a_forged_token_is_refused(
    key: Ed25519PrivateKey, verifier: Verifier, forge: Callable[[str], str]
) -> None:
    with pytest.raises(NotSignedIn):
        verifier.claims(forge(token(key)), AT + 1)


def test_a_verifier_remembers_a_bounded_number_of_tokens(key: Ed25519PrivateKey) -> None:
    verifier = Verifier(key.public_key(), most=3)
    for n in range(10):
        verifier.claims(token(key, sub=f"subject {n}"), AT + 1)

    assert len(verifier._known) == 3


def test_a_token_seen_before_costs_no_signature(
    key: Ed25519PrivateKey, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, other = token(key), token(key, iat=AT + 1)
    first = verifier.claims(text, AT + 1)

    monkeypatch.setattr(jwt, "decode", None)

    assert verifier.claims(text, AT + 1) is first
    with pytest.raises(NotSignedIn):
        verifier.claims(other, AT + 1)


def test_a_verifier_without_a_key_lets_nobody_in(key: Ed25519PrivateKey) -> None:
    with pytest.raises(NotSignedIn):
        Verifier("").claims(token(key), AT + 1)


def test_a_key_that_is_no_public_key_is_refused_at_start(key: Ed25519PrivateKey) -> None:
    with pytest.raises(ValueError, match="public key"):
        Verifier(key)  # type: ignore[arg-type]


# --- The gate ---


def gate(verifier: Verifier, account_status: AccountStatus | None) -> TokenCheck:
    return TokenCheck(verifier, lambda _subject: account_status)


def fresh(key: Ed25519PrivateKey, azp: str = "portal") -> tuple[str, datetime]:
    moment = datetime.now(UTC)
    return issue_token(key, CAMILLE.subject, azp, "family", issued_at=moment), moment


def test_the_gate_lets_a_known_person_through(key: Ed25519PrivateKey, verifier: Verifier) -> None:
    text, moment = fresh(key)

    assert gate(verifier, AccountStatus("family", True, moment)).person(text, "portal") == CAMILLE


def test_a_token_is_good_from_the_principal_it_was_issued_to_alone(
    key: Ed25519PrivateKey, verifier: Verifier
) -> None:
    text, moment = fresh(key)

    with pytest.raises(NotSignedIn):
        gate(verifier, AccountStatus("family", True, moment)).person(text, "enrolment_ens")


def test_the_gate_refuses_the_unknown_the_closed_and_the_withdrawn(
    key: Ed25519PrivateKey, verifier: Verifier
) -> None:
    text, moment = fresh(key)
    tick = timedelta(microseconds=1)

    for account_status in (
        None,
        AccountStatus("family", False, moment),
        AccountStatus("agent", True, moment),
        AccountStatus("family", True, moment + tick),
    ):
        with pytest.raises(NotSignedIn):
            gate(verifier, account_status).person(text, "portal")
