"""Accounts of families and agents, their dated rights, sessions and invitations."""

from base64 import urlsafe_b64decode
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.accounts.rules import account_kinds, dated_rights, invitations
from services.identity.accounts.rules.dated_rights import Period, Right
from services.identity.agents.commands import agents
from services.identity.sessions.rules import lifetime_and_secrets as sessions

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


# --- Accounts ---


@pytest.mark.parametrize(
    "typed", ["Camille@Exemple.FR", " camille@exemple.fr ", "ｃamille@exemple.fr"]
)
def test_a_login_is_the_same_however_it_is_typed(typed: str) -> None:
    assert account_kinds.fold_login(typed) == "camille@exemple.fr"


def test_families_sign_in_at_the_portal_agents_at_a_desk_and_nobody_elsewhere() -> None:
    assert account_kinds.account_kind_at_principal("portal", is_office=False) == "family"
    assert account_kinds.account_kind_at_principal("enrolment_ens", is_office=True) == "agent"
    assert account_kinds.account_kind_at_principal("ops", is_office=False) is None


def test_an_agents_account_sleeps_after_ninety_days_and_a_familys_does_not() -> None:
    long_ago = NOON - timedelta(days=91)

    assert account_kinds.is_unused_account("agent", long_ago, None, NOON)
    assert not account_kinds.is_unused_account("agent", long_ago, NOON - timedelta(days=89), NOON)
    assert not account_kinds.is_unused_account("agent", NOON, long_ago, NOON)
    assert not account_kinds.is_unused_account("family", long_ago, None, NOON)


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

    assert mistakes(Right("pilot", SEPTEMBER)) == {"role"}
    assert mistakes(Right("kitchen", backwards)) == {"valid_to"}
    assert mistakes(Right("kitchen", SEPTEMBER), SEPTEMBER) == {"valid_from"}
    assert mistakes(Right("kitchen", SEPTEMBER)) == set()
    assert mistakes(Right("administrator", SEPTEMBER)) == set()


def test_who_decides_for_the_whole_office_has_no_place_of_it() -> None:
    assert mistakes(Right("treasurer", SEPTEMBER, "site:Pasteur")) == {"places"}
    assert mistakes(Right("administrator", SEPTEMBER, "site:Pasteur")) == {"places"}
    assert mistakes(Right("kitchen", SEPTEMBER, "site:Pasteur")) == set()
    assert mistakes(Right("treasurer", SEPTEMBER)) == set()


def test_a_role_at_no_named_place_is_at_the_whole_office_and_at_each_named_one_once() -> None:
    assert dated_rights.rights_at_places("kitchen", SEPTEMBER, []) == [Right("kitchen", SEPTEMBER)]
    assert dated_rights.rights_at_places("kitchen", SEPTEMBER, ["a", "b", "a"]) == [
        Right("kitchen", SEPTEMBER, "a"),
        Right("kitchen", SEPTEMBER, "b"),
    ]


def mistakes(right: Right, *active: Period) -> set[str]:
    roles = ["kitchen", "treasurer"]
    return set(dated_rights.mistakes_in_right(right, roles, active, ["treasurer"]))


def right_at(provider: str, granted_by: str | None = "somebody", active: bool | None = True) -> Any:
    return SimpleNamespace(provider=provider, granted_by=granted_by, active=active)


@pytest.mark.parametrize(
    ("rights", "signed_in", "by_town", "may"),
    [
        ([right_at("ens")], None, False, True),
        ([right_at("ens")], NOON, False, False),
        ([right_at("ens"), right_at("agg")], None, False, False),
        ([right_at("ens"), right_at("agg", active=None)], None, False, True),
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

    assert sessions.is_session_open(kind, opened, NOON - (idle - 1) * MINUTE, None, NOON)
    assert not sessions.is_session_open(kind, opened, NOON - idle * MINUTE, None, NOON)


def test_a_session_ends_after_twelve_hours_in_any_case() -> None:
    assert sessions.is_session_open("agent", NOON - 12 * HOUR + SECOND, NOON, None, NOON)
    assert not sessions.is_session_open("agent", NOON - 12 * HOUR, NOON, None, NOON)


def test_a_session_that_was_ended_stays_ended() -> None:
    assert not sessions.is_session_open("family", NOON, NOON, NOON, NOON)


def test_no_token_issued_before_a_withdrawal_reaches_its_cut_off() -> None:
    same_instant, ahead = NOON, NOON + 5 * SECOND

    assert sessions.not_before_after(NOON, same_instant) > same_instant
    assert sessions.not_before_after(NOON, ahead) > ahead
    assert sessions.not_before_after(NOON, None) == NOON


def test_a_token_issued_after_a_withdrawal_does_even_where_clocks_differ() -> None:
    cut_off = sessions.not_before_after(NOON, NOON + 5 * SECOND)

    assert sessions.issue_time_of_next_token(NOON + SECOND, cut_off) == cut_off


def test_secrets_are_long_and_never_the_same() -> None:
    made = {sessions.new_session_secret() for _ in range(100)}

    assert len(made) == 100
    assert all(len(urlsafe_b64decode(each + "==")) == 32 for each in made)


# --- Invitations ---


def test_a_code_may_be_typed_with_capitals_spaces_and_lookalikes() -> None:
    digest = invitations.digest_of_code("0a1bc-d2ef3-gh4jk-mn5pq-rs6tv")

    assert invitations.digest_of_code(" OAIBC D2EF3 GH4JK MN5PQ RS6TV ") == digest
    assert invitations.digest_of_code("oalbcd2ef3gh4jkmn5pqrs6tv") == digest
    assert invitations.digest_of_code("0a1bc-d2ef3-gh4jk-mn5pq-rs6tw") != digest


def test_a_code_has_more_than_120_bits_and_fits_its_contract() -> None:
    code = invitations.new_code()

    assert len(code.replace("-", "")) * 5 >= 120
    assert len(code) <= 60


def test_an_invitation_is_good_until_it_is_used_or_expires() -> None:
    assert invitations.is_code_usable(NOON + SECOND, None, NOON)
    assert not invitations.is_code_usable(NOON, None, NOON)
    assert not invitations.is_code_usable(NOON + SECOND, NOON - HOUR, NOON)
