"""A token beside an agent stands while the agent does; what is the guardian's alone is closed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.portal_gateway.session.accompanied.rules import open_pages_and_actions as visit_rules
from shared.contracts.errors import NotSignedIn
from shared.person import AccountStatus, TokenCheck, Verifier, issue_token
from shared.person.signed_orders import OrderVerifier, sign_order

KEY = Ed25519PrivateKey.generate()
EPOCH, LATER = datetime(1970, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)
CLAIRE, HELENE = "guardian", "agent"
AGENT, FAMILY = AccountStatus("agent", True, EPOCH), AccountStatus("family", True, EPOCH)


def beside(**more: object) -> str:
    return issue_token(KEY, CLAIRE, "portal", "family", actor=HELENE, **more)  # type: ignore[arg-type]


def gate(**known: AccountStatus) -> TokenCheck:
    look: Callable[[str], AccountStatus | None] = known.get
    return TokenCheck(Verifier(KEY.public_key()), look)


def test_a_family_without_an_account_passes_beside_an_agent_who_stands() -> None:
    person = gate(agent=AGENT).person(beside(), "portal")

    assert (person.subject, person.actor) == (CLAIRE, HELENE)


@pytest.mark.parametrize(
    "agent",
    [
        None,
        AccountStatus("agent", False, EPOCH),
        AccountStatus("family", True, EPOCH),
        AccountStatus("agent", True, LATER),
    ],
    ids=["unknown", "closed", "no agent", "cut off"],
)
def test_without_an_agent_who_stands_it_passes_nowhere(agent: AccountStatus | None) -> None:
    known = {"guardian": FAMILY} | ({"agent": agent} if agent else {})

    with pytest.raises(NotSignedIn):
        gate(**known).person(beside(), "portal")


def test_a_guardian_who_cut_off_their_tokens_cut_off_these_too() -> None:
    later = AccountStatus("family", True, datetime.now(UTC) + timedelta(minutes=1))

    with pytest.raises(NotSignedIn):
        gate(agent=AGENT, guardian=later).person(beside(), "portal")


def test_it_passes_from_the_portal_alone_and_not_past_its_end() -> None:
    with pytest.raises(NotSignedIn):
        gate(agent=AGENT).person(beside(), "front_desk")
    with pytest.raises(NotSignedIn):
        over = datetime.now(UTC) - timedelta(minutes=2)
        gate(agent=AGENT).person(beside(lifetime=timedelta(minutes=1), issued_at=over), "portal")


@pytest.mark.parametrize(
    ("azp", "kind", "act"),
    [
        ("front_desk", "family", {"sub": HELENE}),
        ("portal", "agent", {"sub": HELENE}),
        ("portal", "family", HELENE),
        ("portal", "family", {"sub": ""}),
        ("portal", "family", {"sub": HELENE, "role": "counter"}),
    ],
)
def test_only_a_familys_token_from_the_portal_names_an_agent(
    azp: str, kind: str, act: object
) -> None:
    at = datetime.now(UTC).timestamp()
    claims = {"sub": CLAIRE, "azp": azp, "kind": kind, "iat": at, "exp": at + 60, "act": act}

    with pytest.raises(NotSignedIn):
        Verifier(KEY.public_key()).person(jwt.encode(claims, KEY, algorithm="EdDSA"))


def test_a_token_beside_an_agent_is_no_signed_act_and_an_act_no_token() -> None:
    signed = sign_order(KEY, CLAIRE, "portal", "family", "a" * 64, actor=HELENE)

    person, _ = OrderVerifier(KEY.public_key()).person(signed, "a" * 64)
    assert person.actor == HELENE
    with pytest.raises(NotSignedIn):
        Verifier(KEY.public_key()).person(signed)
    with pytest.raises(NotSignedIn):
        OrderVerifier(KEY.public_key()).person(beside(), "a" * 64)


@pytest.mark.parametrize(
    ("endpoint", "section"),
    [
        ("help.show_own_account", ""),
        ("transparency.who_read", ""),
        ("transparency.who_knows", ""),
        ("activity_history.delete", ""),
        ("by_reference.start_payment", ""),
        ("sections.edit", "health"),
        ("sections.save", "diet"),
    ],
)
def test_what_is_the_guardians_alone_is_closed_at_the_counter(endpoint: str, section: str) -> None:
    assert visit_rules.is_closed_while_accompanied(endpoint, section)


@pytest.mark.parametrize(
    ("endpoint", "section"),
    [
        ("home.show", ""),
        ("applying.apply", ""),
        ("bills.show", ""),
        ("paying.start", ""),
        ("sections.save", "contacts"),
        ("news.show", ""),
    ],
)
def test_what_a_counter_is_for_is_open(endpoint: str, section: str) -> None:
    assert not visit_rules.is_closed_while_accompanied(endpoint, section)
