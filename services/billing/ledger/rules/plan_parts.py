"""Parts of a payment plan: how a sum is divided, and what is left of each by now. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LEAST_ASKED = 100
"""PayFiP takes no less, in cents: a smaller rest of a part would end its plan unpaid."""

AgreedPart = tuple[date, int]
"""The day of a part, and the cents that were agreed."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it is by now: what it asks for, and what of that is still to pay."""

    due_on: date
    cents: int
    left_cents: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The cents of a part that one bill is still to be paid by."""

    due_on: date
    cents: int


def divide_into_parts(cents: int, days: Sequence[date]) -> list[AgreedPart]:
    """Divide a sum into equal parts on these days; the first has the odd cents."""
    each = cents // len(days)
    return [
        (day, each if place else cents - each * (len(days) - 1)) for place, day in enumerate(days)
    ]


def parts_by_now(agreed: Sequence[AgreedPart], credited_cents: int, owed_cents: int) -> list[Part]:
    """
    Return the agreed parts as they are, where so much was credited since and is still owed.

    A credit note takes from the last part, a payment pays the first one. What is left adds up to
    what is owed: owed again beyond the parts (a payment of before the plan was taken back), it is
    asked for with the last.
    """
    asked = [cents for _day, cents in agreed]
    for place in reversed(range(len(asked))):
        less = max(0, min(credited_cents, asked[place]))
        asked[place], credited_cents = asked[place] - less, credited_cents - less
    asked[-1] += max(0, owed_cents - sum(asked))
    paid = sum(asked) - owed_cents
    parts = []
    for (day, _agreed), cents in zip(agreed, asked, strict=True):
        of_this = min(paid, cents)
        paid -= of_this
        parts.append(Part(day, cents, cents - of_this))
    return parts


def next_part(parts: Sequence[Part]) -> Part | None:
    """Return the first part of which something is to pay; None where all is paid."""
    return next((part for part in parts if part.left_cents), None)


def piece_to_ask_for(pieces: Sequence[Piece]) -> Piece | None:
    """
    Return what is asked for next of a bill by its pieces; None where nothing is to pay.

    Its first piece, with so much of the next ones that neither it nor what it leaves of the bill is
    too small to be paid online: at most 1 € before its day.
    """
    if not pieces:
        return None
    whole, cents = sum(piece.cents for piece in pieces), max(pieces[0].cents, LEAST_ASKED)
    return Piece(pieces[0].due_on, cents if whole - cents >= LEAST_ASKED else whole)


def has_missed_part(
    parts: Sequence[Part], grace_days: int, on: date, taken_back_on: date | None = None
) -> bool:
    """
    Say whether a part is unpaid, and its day and the days of grace have passed.

    They begin again when a payment is taken back: nobody knew before that something is to pay.
    """
    part = next_part(parts)
    if part is None:
        return False
    since = max(part.due_on, taken_back_on or part.due_on)
    return since + timedelta(days=grace_days) < on


def pieces_by_bill(
    parts: Sequence[Part], owed: Sequence[tuple[str, int]]
) -> Mapping[str, list[Piece]]:
    """
    Return by bill the pieces of the parts that pay it, bills in the order given.

    A payment is of one bill: a part that pays the rest of one and begins another is two pieces.
    """
    pieces: dict[str, list[Piece]] = {bill: [] for bill, _cents in owed}
    waiting = [(part.due_on, part.left_cents) for part in parts if part.left_cents]
    for bill, cents in owed:
        while cents > 0 and waiting:
            (day, left), *later = waiting
            paying = min(cents, left)
            pieces[bill].append(Piece(day, paying))
            cents -= paying
            waiting = [(day, left - paying), *later] if left > paying else later
    return pieces
