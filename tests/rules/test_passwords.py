"""Passwords and second factors: what is taken, and what fits."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher

from services.identity.accounts.rules import passwords, second_factor

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


# --- Passwords ---


def test_length_is_asked_for_and_agents_need_more() -> None:
    assert passwords.is_too_weak("sept chats", "family", "camille")
    assert not passwords.is_too_weak("sept chats 1", "family", "camille")
    assert passwords.is_too_weak("sept chats 1", "agent", "camille")
    assert not passwords.is_too_weak("sept chats gris", "agent", "camille")
    assert passwords.is_too_weak("x" * 257, "family", "camille")


def test_no_composition_is_asked_for() -> None:
    assert not passwords.is_too_weak("uniquement des lettres", "agent", "camille")


@pytest.mark.parametrize(
    "password",
    [
        "motdepasse1234",
        "MotDePasse1234",
        "azertyuiop1234",
        "doudou12345678",
        "Chartres28000!",
        "M0td3p@sse2026",
        "aaaaaaaaaaaaaa",
        "12345678901234",
        "jetaimemaman12",
        "preau-agglomeration1",
        "guichetperiscolaire",
    ],
)
def test_what_is_soon_guessed_is_refused_however_long(password: str) -> None:
    assert passwords.is_too_weak(password, "agent", "camille")


@pytest.mark.parametrize(
    "password",
    [
        "chat rouge velo",
        "le train part sans moi",
        "Kx7!pQz2mnbvTr",
        "il pleut sur la mer, dit-elle ; " * 7,
    ],
)
def test_what_nobody_guesses_soon_is_taken(password: str) -> None:
    assert not passwords.is_too_weak(password, "agent", "camille")


def test_a_login_is_no_password() -> None:
    assert passwords.is_too_weak(
        "Camille.Ferrand@exemple.fr", "family", "camille.ferrand@exemple.fr"
    )


def test_a_login_with_a_year_is_none_either() -> None:
    assert passwords.is_too_weak("camille.ferrand1985", "family", "camille.ferrand@exemple.fr")


def test_a_hash_is_argon2id_with_46_mib_and_its_own_salt() -> None:
    one, other = (
        passwords.hash_password("trois petits chats"),
        passwords.hash_password("trois petits chats"),
    )

    assert one.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert one != other
    assert passwords.check_password(one, "trois petits chats") == passwords.Outcome(fits=True)
    assert passwords.check_password(one, "trois petits chiens") == passwords.Outcome(fits=False)


def test_two_keyboards_write_the_same_accent() -> None:
    assert passwords.check_password(
        passwords.hash_password("l’été à la mer"), "l’e\u0301te\u0301 a\u0300 la mer"
    ).fits


def test_an_older_hash_is_made_anew_when_its_password_is_seen() -> None:
    older = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(
        "trois petits chats"
    )

    outcome = passwords.check_password(older, "trois petits chats")

    assert outcome.fits and outcome.renewed
    assert passwords.check_password(outcome.renewed, "trois petits chats") == passwords.Outcome(
        fits=True
    )


def test_nobodys_hash_costs_what_anybodys_does_and_fits_nothing() -> None:
    hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)

    assert not hasher.check_needs_rehash(passwords.hash_of_no_password())
    assert passwords.check_password(passwords.hash_of_no_password(), "") == passwords.Outcome(
        fits=False
    )


def test_a_broken_hash_fits_nothing() -> None:
    assert passwords.check_password("not a hash", "trois petits chats") == passwords.Outcome(
        fits=False
    )


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
    address = second_factor.otpauth_address(SECRET, "samir.benali", "Ville de Démonstration")

    assert pyotp.parse_uri(address).secret == SECRET
    assert pyotp.parse_uri(address).name == "samir.benali"


def test_only_base_32_of_some_length_is_a_secret() -> None:
    assert second_factor.is_totp_secret(second_factor.new_totp_secret())
    assert not any(map(second_factor.is_totp_secret, ["", "AAAA", "not base 32!", "é"]))
