"""Accounts and sequences of direct debit."""

from datetime import date, timedelta

import pytest

from services.billing.debits.rules.bank_accounts import compact_account_code, is_bic, is_iban
from services.billing.debits.rules.banking_days import banking_day_from, first_day_after_notice
from services.billing.debits.rules.pain008 import text_for_bank
from services.billing.debits.rules.sequences import allows_debit, sequence_type_of_debit

SIGNED = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("FR57 1007 1280 0000 0010 1234 557", True),
        ("fr57-1007-1280-0000-0010-1234-557", True),
        ("FR58 1007 1280 0000 0010 1234 557", False),  # another key
        ("FR57 1007 1280 0000 0010 1234 55", False),  # a figure less
        ("DE89 3704 0044 0532 0130 00", True),
        ("US64 SVBK US6S 3300 9586 71", False),  # not of the SEPA area
        ("", False),
    ],
)
def test_an_iban_has_the_length_of_its_country_and_the_right_key(written: str, right: bool) -> None:
    assert is_iban(compact_account_code(written)) is right


@pytest.mark.parametrize(
    ("bic", "right"), [("BDFEFRPPCCT", True), ("BDFEFRPP", True), ("BDFEFRP", False), ("", False)]
)
def test_a_bic_has_eight_or_eleven_characters(bic: str, right: bool) -> None:
    assert is_bic(bic) is right


@pytest.mark.parametrize(
    ("kind", "state", "used", "sequence"),
    [
        ("recurrent", "active", None, "FRST"),
        ("recurrent", "active", SIGNED, "RCUR"),
        ("recurrent", "ending", SIGNED, "FNAL"),
        ("one_off", "active", None, "OOFF"),
    ],
)
def test_a_debit_says_which_of_its_mandate_it_is(
    kind: str, state: str, used: date | None, sequence: str
) -> None:
    assert sequence_type_of_debit(kind, state, used) == sequence


@pytest.mark.parametrize(
    ("kind", "state", "used", "after", "allowed"),
    [
        ("recurrent", "active", None, 30, True),
        ("recurrent", "active", None, 1_100, False),  # nobody used it for 36 months
        ("recurrent", "active", SIGNED + timedelta(900), 1_100, True),
        ("recurrent", "withdrawn", None, 30, False),
        ("recurrent", "suspended", None, 30, False),
        ("one_off", "active", SIGNED, 30, False),
    ],
)
def test_a_mandate_allows_a_debit_while_it_holds(
    kind: str, state: str, used: date | None, after: int, allowed: bool
) -> None:
    assert allows_debit(kind, state, SIGNED, used, SIGNED + timedelta(after)) is allowed


def test_families_have_their_notice_and_nobody_is_debited_on_a_weekend() -> None:
    friday = date(2026, 11, 27)

    assert first_day_after_notice(friday, 14) == date(2026, 12, 11)
    assert first_day_after_notice(friday + timedelta(days=1), 14) == date(2026, 12, 14)


@pytest.mark.parametrize(
    ("day", "collected"),
    [
        (date(2026, 12, 25), date(2026, 12, 28)),  # Christmas, its second day and a weekend
        (date(2027, 1, 1), date(2027, 1, 4)),
        (date(2027, 3, 26), date(2027, 3, 30)),  # Good Friday and Easter Monday
        (date(2028, 5, 1), date(2028, 5, 2)),
        (date(2027, 7, 14), date(2027, 7, 14)),  # a holiday of France alone
    ],
    ids=["christmas", "new-year", "easter", "first-of-may", "quatorze-juillet"],
)
def test_nobody_is_debited_on_a_day_on_which_banks_are_closed(day: date, collected: date) -> None:
    assert banking_day_from(day) == collected
    assert first_day_after_notice(day - timedelta(days=14), 14) == collected


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Régie « Enfance & École » n° 2", "Regie Enfance Ecole n 2"),
        ("Mme Zoé L’Œuvre–Dupont <zoe@x>", "Mme Zoe L'OEuvre-Dupont zoe x"),
        ("//Cantine//2026/", "Cantine/2026"),
        ("Олена", "Олена"),
    ],
    ids=["quotes", "signs", "slashes", "other-letters"],
)
def test_a_bank_is_sent_the_signs_that_it_takes_and_no_others(written: str, sent: str) -> None:
    assert text_for_bank(written, 70) == sent
