"""
The period and the keys of a debt in PES v2: pure.

Source: docs/public-finance.md, read from two open generators and re-computed, never checked with
the public accountant: what is doubtful there is a setting of the régie (shared.register.Finance).
"""

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXY"
DIGITS = 13
NATURE, BORDEREAU = "nature", "bordereau"


def debt_number(number: str) -> str:
    """Return a bill's number as PES numbers a debt: its 14 digits without the century."""
    return number[2:]


def pes_period_of_month(month: str, setting: str) -> str:
    """
    Return `Per`, one digit: the quarter of a month such as 2026-11, or the digit that is set.

    One digit whatever the month: an open generator takes the first of "10", "11" and "12".
    """
    return str((int(month[5:7]) - 1) // 3 + 1) if setting == "quarter" else setting


def second_key(year: int, period: str, debt: str) -> str:
    """Return `Cle2`, a letter: year, period, 00 and the debt on 13 digits, modulo 23."""
    payload = f"{year % 100:02d}{period}00{debt.zfill(DIGITS)}"
    return LETTERS[int(payload) % len(LETTERS)]


def first_key(collectivity: str, second: str, year: int, period: str, debt: str) -> str:
    """
    Return `Cle1`, a digit, modulo 11 with weights 2 to 7 from the right.

    Of the collectivity, `second` (the code of the nature says the schema's text, the bordereau a
    generator: the setting `key1`), year, period, debt. What would be 10 or 11 is 1.
    """
    payload = f"{collectivity}{second}{year % 100:02d}{period}{debt.zfill(DIGITS)}"
    weighted = sum(
        int(digit) * (2 + place % 6)
        for place, digit in enumerate(reversed(payload))
        if digit.isdigit()
    )
    key = 11 - weighted % 11
    return str(key if key <= 9 else 1)
