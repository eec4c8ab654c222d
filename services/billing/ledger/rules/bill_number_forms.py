"""
A bill's number in its two forms: one for files, one for people.

Files have one numeric payload of 14 digits (PayFiP's REFDET, the public accountant's NumDette);
people read `2026-ENS-000123`.
"""

from shared.register import Regie


def number_digits(regie: Regie, fiscal_year: int, sequence: int) -> str:
    """Return the 14 digits of a bill's number."""
    return f"{fiscal_year:04d}{regie.number:03d}{sequence:07d}"


def format_number(prefix: str, fiscal_year: int, sequence: int) -> str:
    """Return a number as people read it: 2026-ENS-000123."""
    return f"{fiscal_year}-{prefix}-{sequence:06d}"
