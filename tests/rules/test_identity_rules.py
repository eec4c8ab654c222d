"""Identity’s rules: tries, sessions, dated rights, passwords, second factor, codes, tokens."""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import jwt
import pyotp
import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.identity import (
    accounts,
    agents,
    dated_rights,
    invitations,
    passwords,
    second_factor,
    sessions,
    tries,
)
from services.identity.dated_rights import Period
from services.identity.tries import Tries
from shared.contracts.errors import NotSignedIn
from shared.contracts.message import Person
from shared.person import Standing, TokenGate, Verifier, issue

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def failed(times: int, at: datetime = NOON) -> Tries:
    """Return the tries of somebody who waits each time exactly as long as asked."""
    made = Tries()
    for _ in range(times):
        at += tries.wait(made, at)
        made = tries.noted(made, at)
    return made


# --- Tries ---


def test_three_mistakes_are_free() -> None:
    assert [tries.wait(failed(count), NOON) for count in (0, 1, 2)] == [tries.NO_WAIT] * 3


def test_then_the_wait_doubles() -> None:
    waits = [tries.wait(made, made.recent[-1]) for made in map(failed, range(3, 10))]

    assert waits == [SECOND * 2**n for n in range(7)]


def test_waiting_as_long_as_asked_opens_the_door() -> None:
    made = failed(5)

    assert tries.wait(made, made.recent[-1] + 4 * SECOND) == tries.NO_WAIT


def test_no_hour_has_more_than_ten_tries_however_patient_one_is() -> None:
    at, moments, made = NOON, [], Tries()
    for _ in range(60):
        at += tries.wait(made, at)
        made = tries.noted(made, at)
        moments.append(at)

    busiest = max(sum(start <= each < start + HOUR for each in moments) for start in moments)
    assert busiest == tries.MOST_IN_WINDOW


def test_nobody_waits_longer_than_an_hour_and_nobody_for_ever() -> None:
    made = failed(60)

    assert tries.NO_WAIT < tries.wait(made, made.recent[-1]) <= HOUR


def test_after_a_quiet_day_a_login_begins_anew() -> None:
    made = tries.noted(failed(9), NOON + timedelta(days=2))

    assert made == Tries(1, (NOON + timedelta(days=2),))


@given(st.lists(st.integers(0, 4000), max_size=40))
def test_a_wait_is_never_negative_and_its_memory_is_small(gaps: list[int]) -> None:
    at, made = NOON, Tries()
    for gap in gaps:
        at += gap * SECOND
        made = tries.noted(made, at)

        assert tries.wait(made, at) >= tries.NO_WAIT
        assert len(made.recent) <= tries.MOST_IN_WINDOW


def test_one_password_tried_at_every_door_slows_the_whole_town() -> None:
    latest = [NOON - n * SECOND / 4 for n in range(tries.MOST_IN_TOWN_WINDOW)]

    assert tries.town_wait(latest, NOON) > tries.NO_WAIT
    assert tries.town_wait(latest[:-1], NOON) == tries.NO_WAIT
    assert tries.town_wait(latest, NOON + MINUTE) == tries.NO_WAIT


def test_tries_of_a_parent_and_of_the_same_person_as_agent_are_apart() -> None:
    assert tries.digest_of("family", "a@b.fr") != tries.digest_of("agent", "a@b.fr")


# --- Accounts ---


@pytest.mark.parametrize(
    "typed", ["Camille@Exemple.FR", " camille@exemple.fr ", "ｃamille@exemple.fr"]
)
def test_a_login_is_the_same_however_it_is_typed(typed: str) -> None:
    assert accounts.folded(typed) == "camille@exemple.fr"


def test_families_sign_in_at_the_portal_agents_at_a_desk_and_nobody_elsewhere() -> None:
    assert accounts.kind_at("portal", is_office=False) == "family"
    assert accounts.kind_at("enrolment_ens", is_office=True) == "agent"
    assert accounts.kind_at("ops", is_office=False) is None


def test_an_agents_account_sleeps_after_ninety_days_and_a_familys_does_not() -> None:
    long_ago = NOON - timedelta(days=91)

    assert accounts.unused("agent", long_ago, None, NOON)
    assert not accounts.unused("agent", long_ago, NOON - timedelta(days=89), NOON)
    assert not accounts.unused("agent", NOON, long_ago, NOON)
    assert not accounts.unused("family", long_ago, None, NOON)


# --- Dated rights ---

SEPTEMBER = Period(date(2026, 9, 1), date(2026, 9, 30))


def test_a_right_counts_on_its_first_and_on_its_last_day() -> None:
    days = [date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 1)]

    assert [SEPTEMBER.holds_on(day) for day in days] == [False, True, True, False]


def test_a_right_without_end_stays_open() -> None:
    assert Period(date(2026, 9, 1)).holds_on(date(2060, 1, 1))
    assert not Period(date(2026, 9, 1)).is_past(date(2060, 1, 1))


_days = st.dates(date(2026, 1, 1), date(2026, 3, 1))
_periods = st.builds(
    lambda first, length: Period(first, first + timedelta(days=length) if length else None),
    _days,
    st.integers(0, 40),
)


@given(_periods, _periods)
def test_periods_overlap_when_one_day_is_in_both(one: Period, other: Period) -> None:
    in_both = any(one.holds_on(day) and other.holds_on(day) for day in (one.first, other.first))

    assert one.overlaps(other) == other.overlaps(one) == in_both


@given(_periods, _periods)
def test_a_period_that_covers_another_overlaps_it(one: Period, other: Period) -> None:
    assert not one.covers(other) or one.overlaps(other)


def test_a_right_that_cannot_be_given_earns_a_sentence() -> None:
    backwards = Period(date(2026, 9, 2), date(2026, 9, 1))
    roles = ["kitchen"]

    assert dated_rights.mistakes("pilot", roles, SEPTEMBER, []).keys() == {"role"}
    assert dated_rights.mistakes("kitchen", roles, backwards, []).keys() == {"valid_to"}
    assert dated_rights.mistakes("kitchen", roles, SEPTEMBER, [SEPTEMBER]).keys() == {"valid_from"}
    assert dated_rights.mistakes("kitchen", roles, SEPTEMBER, []) == {}
    assert dated_rights.mistakes("administrator", [], SEPTEMBER, []) == {}


def right_at(provider: str, granted_by: str | None = "somebody", stands: bool | None = True) -> Any:
    return SimpleNamespace(provider=provider, granted_by=granted_by, stands=stands)


@pytest.mark.parametrize(
    ("rights", "signed_in", "by_town", "may"),
    [
        ([right_at("ens")], None, False, True),
        ([right_at("ens")], NOON, False, False),
        ([right_at("ens"), right_at("agg")], None, False, False),
        ([right_at("ens"), right_at("agg", stands=None)], None, False, True),
        ([right_at("ens"), right_at("agg", granted_by=None)], None, False, False),
        ([right_at("ens"), right_at("agg", granted_by=None)], None, True, True),
        ([right_at("ens"), right_at("agg")], None, True, False),
    ],
)
def test_nobody_hands_out_a_code_that_opens_rights_elsewhere(
    rights: list[Any], signed_in: datetime | None, by_town: bool, may: bool
) -> None:
    account: Any = SimpleNamespace(last_signed_in=signed_in)

    assert agents.may_be_invited(account, rights, "ens", by_town=by_town) is may


# --- Sessions ---


@pytest.mark.parametrize(("kind", "idle"), [("family", 30), ("agent", 60)])
def test_a_session_ends_after_a_while_without_use(kind: str, idle: int) -> None:
    opened = NOON - 2 * HOUR

    assert sessions.is_open(kind, opened, NOON - (idle - 1) * MINUTE, None, NOON)
    assert not sessions.is_open(kind, opened, NOON - idle * MINUTE, None, NOON)


def test_a_session_ends_after_twelve_hours_in_any_case() -> None:
    assert sessions.is_open("agent", NOON - 12 * HOUR + SECOND, NOON, None, NOON)
    assert not sessions.is_open("agent", NOON - 12 * HOUR, NOON, None, NOON)


def test_a_session_that_was_ended_stays_ended() -> None:
    assert not sessions.is_open("family", NOON, NOON, NOON, NOON)


def test_no_token_issued_before_a_withdrawal_reaches_its_cut_off() -> None:
    same_instant, ahead = NOON, NOON + 5 * SECOND

    assert sessions.cut_off(NOON, same_instant) > same_instant
    assert sessions.cut_off(NOON, ahead) > ahead
    assert sessions.cut_off(NOON, None) == NOON


def test_a_token_issued_after_a_withdrawal_does_even_where_clocks_differ() -> None:
    cut_off = sessions.cut_off(NOON, NOON + 5 * SECOND)

    assert sessions.issue_moment(NOON + SECOND, cut_off) == cut_off


def test_secrets_are_long_and_never_the_same() -> None:
    made = {sessions.new_secret() for _ in range(100)}

    assert len(made) == 100
    assert all(len(urlsafe_b64decode(each + "==")) == 32 for each in made)


# --- Invitations ---


def test_a_code_may_be_typed_with_capitals_spaces_and_lookalikes() -> None:
    digest = invitations.digest_of("0a1bc-d2ef3-gh4jk-mn5pq-rs6tv")

    assert invitations.digest_of(" OAIBC D2EF3 GH4JK MN5PQ RS6TV ") == digest
    assert invitations.digest_of("oalbcd2ef3gh4jkmn5pqrs6tv") == digest
    assert invitations.digest_of("0a1bc-d2ef3-gh4jk-mn5pq-rs6tw") != digest


def test_a_code_has_more_than_120_bits_and_fits_its_contract() -> None:
    code = invitations.new_code()

    assert len(code.replace("-", "")) * 5 >= 120
    assert len(code) <= 60


def test_an_invitation_is_good_until_it_is_used_or_expires() -> None:
    assert invitations.is_good(NOON + SECOND, None, NOON)
    assert not invitations.is_good(NOON, None, NOON)
    assert not invitations.is_good(NOON + SECOND, NOON - HOUR, NOON)


# --- Passwords ---


def test_length_is_asked_for_and_agents_need_more() -> None:
    assert passwords.too_weak("sept chats", "family", "camille")
    assert not passwords.too_weak("sept chats 1", "family", "camille")
    assert passwords.too_weak("sept chats 1", "agent", "camille")
    assert not passwords.too_weak("sept chats gris", "agent", "camille")
    assert passwords.too_weak("x" * 257, "family", "camille")


def test_no_composition_is_asked_for() -> None:
    assert not passwords.too_weak("uniquement des lettres", "agent", "camille")


@pytest.mark.parametrize("password", ["motdepasse1234", "MotDePasse1234", "azertyuiop1234"])
def test_the_commonest_passwords_are_refused(password: str) -> None:
    assert passwords.too_weak(password, "agent", "camille")


def test_a_login_is_no_password() -> None:
    assert passwords.too_weak("Camille.Ferrand@exemple.fr", "family", "camille.ferrand@exemple.fr")


def test_every_common_password_listed_would_otherwise_be_long_enough() -> None:
    listed = passwords._commonest()

    assert len(listed) > 100
    assert all(
        len(each) >= passwords.LEAST["family"] and each == each.casefold() for each in listed
    )


def test_a_hash_is_argon2id_with_46_mib_and_its_own_salt() -> None:
    one, other = passwords.hashed("trois petits chats"), passwords.hashed("trois petits chats")

    assert one.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert one != other
    assert passwords.check(one, "trois petits chats") == passwords.Outcome(fits=True)
    assert passwords.check(one, "trois petits chiens") == passwords.Outcome(fits=False)


def test_two_keyboards_write_the_same_accent() -> None:
    assert passwords.check(
        passwords.hashed("l’été à la mer"), "l’e\u0301te\u0301 a\u0300 la mer"
    ).fits


def test_an_older_hash_is_made_anew_when_its_password_is_seen() -> None:
    older = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(
        "trois petits chats"
    )

    outcome = passwords.check(older, "trois petits chats")

    assert outcome.fits and outcome.renewed
    assert passwords.check(outcome.renewed, "trois petits chats") == passwords.Outcome(fits=True)


def test_nobodys_hash_costs_what_anybodys_does_and_fits_nothing() -> None:
    hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)

    assert not hasher.check_needs_rehash(passwords.nobodys())
    assert passwords.check(passwords.nobodys(), "") == passwords.Outcome(fits=False)


def test_a_broken_hash_fits_nothing() -> None:
    assert passwords.check("not a hash", "trois petits chats") == passwords.Outcome(fits=False)


# --- Second factor ---

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_at(at: datetime) -> str:
    return pyotp.TOTP(SECRET).at(at)


def test_a_code_may_be_one_step_early_or_late_and_no_more() -> None:
    steps = {n: code_at(NOON + n * 30 * SECOND) for n in (-2, -1, 0, 1, 2)}
    accepted = {
        n
        for n, code in steps.items()
        if second_factor.accepted_step(SECRET, code, NOON, 0) is not None
    }

    assert accepted == {-1, 0, 1}


def test_each_code_is_accepted_once_and_no_older_one_after_it() -> None:
    step = second_factor.accepted_step(SECRET, code_at(NOON), NOON, 0)

    assert step is not None
    assert second_factor.accepted_step(SECRET, code_at(NOON), NOON, step) is None
    assert second_factor.accepted_step(SECRET, code_at(NOON - 30 * SECOND), NOON, step) is None
    assert second_factor.accepted_step(SECRET, code_at(NOON + 30 * SECOND), NOON, step) == step + 1


@pytest.mark.parametrize("typed", ["", "abcdef", "000", "é²³456"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    assert second_factor.accepted_step(SECRET, typed, NOON, 0) is None


def test_a_code_may_be_typed_in_two_groups() -> None:
    code = code_at(NOON)

    assert second_factor.accepted_step(SECRET, f"{code[:3]} {code[3:]}", NOON, 0) is not None


def test_a_telephone_reads_who_and_where_in_the_address() -> None:
    address = second_factor.address(SECRET, "samir.benali", "Ville de Démonstration")

    assert pyotp.parse_uri(address).secret == SECRET
    assert pyotp.parse_uri(address).name == "samir.benali"


def test_only_base_32_of_some_length_is_a_secret() -> None:
    assert second_factor.is_secret(second_factor.new_secret())
    assert not any(map(second_factor.is_secret, ["", "AAAA", "not base 32!", "é"]))


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
    text = issue(key, CAMILLE.subject, "portal", "family", issued_at=NOON)

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
    text = issue(key, CAMILLE.subject, "portal", "family", issued_at=moment)

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


def test_a_token_seen_before_costs_no_signature(key: Ed25519PrivateKey, verifier: Verifier) -> None:
    text = token(key)
    verifier.claims(text, AT + 1)
    started = time.perf_counter()
    for _ in range(1000):
        verifier.claims(text, AT + 1)

    assert (time.perf_counter() - started) / 1000 < 20e-6


def test_a_verifier_without_a_key_lets_nobody_in(key: Ed25519PrivateKey) -> None:
    with pytest.raises(NotSignedIn):
        Verifier("").claims(token(key), AT + 1)


def test_a_key_that_is_no_public_key_is_refused_at_start(key: Ed25519PrivateKey) -> None:
    with pytest.raises(ValueError, match="public key"):
        Verifier(key)  # type: ignore[arg-type]


# --- The gate ---


def gate(verifier: Verifier, standing: Standing | None) -> TokenGate:
    return TokenGate(verifier, lambda _subject: standing)


def fresh(key: Ed25519PrivateKey, azp: str = "portal") -> tuple[str, datetime]:
    moment = datetime.now(UTC)
    return issue(key, CAMILLE.subject, azp, "family", issued_at=moment), moment


def test_the_gate_lets_a_known_person_through(key: Ed25519PrivateKey, verifier: Verifier) -> None:
    text, moment = fresh(key)

    assert gate(verifier, Standing("family", True, moment)).person(text, "portal") == CAMILLE


def test_a_token_is_good_from_the_principal_it_was_issued_to_alone(
    key: Ed25519PrivateKey, verifier: Verifier
) -> None:
    text, moment = fresh(key)

    with pytest.raises(NotSignedIn):
        gate(verifier, Standing("family", True, moment)).person(text, "enrolment_ens")


def test_the_gate_refuses_the_unknown_the_closed_and_the_withdrawn(
    key: Ed25519PrivateKey, verifier: Verifier
) -> None:
    text, moment = fresh(key)
    tick = timedelta(microseconds=1)

    for standing in (
        None,
        Standing("family", False, moment),
        Standing("agent", True, moment),
        Standing("family", True, moment + tick),
    ):
        with pytest.raises(NotSignedIn):
            gate(verifier, standing).person(text, "portal")
