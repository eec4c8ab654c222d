"""Acts that identity signs for later: one request of one person, and nothing else."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.contracts.errors import NotSignedIn
from shared.contracts.message import Person
from shared.person import OrderVerifier, Verifier, digest_of_request, issue_token, sign_order

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
CLAIRE = "11111111-1111-4111-8111-111111111111"
SESSION = "22222222-2222-4222-8222-222222222222"
PAYLOAD = {"child_id": CLAIRE, "book": [SESSION], "cancel": []}
ACT = digest_of_request("enrolment_ens", "change_bookings", "act-1", PAYLOAD)


def signed(at: datetime = NOON, act: str = ACT) -> str:
    return sign_order(KEY, CLAIRE, "portal", "family", act, at)


def verifier() -> OrderVerifier:
    return OrderVerifier(KEY.public_key())


def altered(whole: str, **claims: Any) -> str:
    head, body, signature = whole.split(".")
    told = json.loads(urlsafe_b64decode(body + "==")) | claims
    again = urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()
    return f"{head}.{again}.{signature}"


def test_a_provider_learns_who_ordered_it_and_when() -> None:
    person, at = verifier().person(signed(), ACT, NOON + timedelta(hours=9))

    assert person == Person(CLAIRE, "portal", "family")
    assert at == NOON


@pytest.mark.parametrize(
    "other",
    [
        digest_of_request("enrolment_agg", "change_bookings", "act-1", PAYLOAD),
        digest_of_request("enrolment_ens", "declare_absence", "act-1", PAYLOAD),
        digest_of_request("enrolment_ens", "change_bookings", "act-2", PAYLOAD),
        digest_of_request("enrolment_ens", "change_bookings", "act-1", PAYLOAD | {"book": []}),
    ],
    ids=["another provider", "another method", "another request", "another content"],
)
def test_it_holds_for_no_other_request(other: str) -> None:
    with pytest.raises(NotSignedIn):
        verifier().person(signed(), other, NOON)


def test_a_request_has_one_digest_however_its_parts_are_ordered() -> None:
    turned = dict(reversed(PAYLOAD.items()))

    assert digest_of_request("enrolment_ens", "change_bookings", "act-1", turned) == ACT


def test_it_holds_for_a_week_and_no_longer() -> None:
    week = timedelta(days=7)

    assert verifier().person(signed(), ACT, NOON + week)
    with pytest.raises(NotSignedIn):
        verifier().person(signed(), ACT, NOON + week + timedelta(seconds=1))


def test_an_act_from_the_future_is_refused() -> None:
    with pytest.raises(NotSignedIn):
        verifier().person(signed(), ACT, NOON - timedelta(minutes=1))


def test_a_token_is_no_act_and_an_act_is_no_token() -> None:
    token = issue_token(KEY, CLAIRE, "portal", "family", issued_at=NOON)

    with pytest.raises(NotSignedIn):
        verifier().person(token, ACT, NOON)
    with pytest.raises(NotSignedIn):
        Verifier(KEY.public_key()).claims(signed(), NOON.timestamp())


def test_a_token_with_the_claims_of_both_passes_for_neither() -> None:
    moment = NOON.timestamp()
    claims = {"sub": CLAIRE, "azp": "portal", "kind": "family", "iat": moment}
    both = claims | {"act": ACT, "exp": moment + 300}
    typ = {"typ": "preau-act+jwt"}
    mixed = jwt.encode(both, KEY, algorithm="EdDSA", headers=typ)
    untyped = jwt.encode(claims | {"act": ACT}, KEY, algorithm="EdDSA")

    for one in (mixed, untyped):
        with pytest.raises(NotSignedIn):
            verifier().person(one, ACT, NOON)
        with pytest.raises(NotSignedIn):
            Verifier(KEY.public_key()).claims(one, moment)


def test_whoever_changes_a_word_or_signs_with_another_key_is_refused() -> None:
    forged = sign_order(Ed25519PrivateKey.generate(), CLAIRE, "portal", "family", ACT, NOON)

    for one in (altered(signed(), sub=SESSION), altered(signed(), act="0" * 64), forged):
        with pytest.raises(NotSignedIn):
            verifier().person(one, ACT, NOON)


def test_an_act_ordered_before_identity_s_key_was_changed_is_good_for_its_week() -> None:
    changed = NOON + timedelta(hours=1)
    later = OrderVerifier(Ed25519PrivateKey.generate().public_key(), [(KEY.public_key(), changed)])

    person, at = later.person(signed(), ACT, NOON + timedelta(days=7))

    assert (person.subject, at) == (CLAIRE, NOON)
    with pytest.raises(NotSignedIn):
        later.person(signed(), ACT, NOON + timedelta(days=7, seconds=1))
    with pytest.raises(NotSignedIn):
        later.person(signed(changed + timedelta(seconds=1)), ACT, NOON + timedelta(hours=2))


@pytest.mark.parametrize("rubbish", ["", "a.b.c", "x" * 3000])
def test_rubbish_is_refused(rubbish: str) -> None:
    with pytest.raises(NotSignedIn):
        verifier().person(rubbish, ACT, NOON)


@pytest.mark.parametrize(
    "claims",
    [{"kind": "machine"}, {"iat": True}, {"iat": "now"}, {"iat": 1e300}, {"act": 5}, {"more": 1}],
    ids=lambda claims: next(iter(claims)),
)
def test_claims_that_identity_never_signs_are_refused(claims: dict[str, Any]) -> None:
    usual = {"sub": CLAIRE, "azp": "portal", "kind": "family", "iat": NOON.timestamp(), "act": ACT}
    odd = jwt.encode(usual | claims, KEY, algorithm="EdDSA", headers={"typ": "preau-act+jwt"})

    with pytest.raises(NotSignedIn):
        verifier().person(odd, ACT, NOON)


def test_without_a_key_nobody_passes() -> None:
    with pytest.raises(NotSignedIn):
        OrderVerifier("").person(signed(), ACT, NOON)
