"""Letters as they go into envelopes: where to, in which order, in which file. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from shared.contracts.billing.regie.letters import (
    BY_PAYER,
    BY_POST,
    NO_ADDRESS,
    PROTECTED,
    REMINDER,
)
from shared.text import searchable_text

PER_FILE = 100
"""
Letters of one file: laid out at once, they take some 150 MB of memory and two seconds.
"""

_LAST_LINE = re.compile(r"(?P<postcode>\d{5})\s+(?P<town>.+)")


class Piece(NamedTuple):
    """Piece that is printed once: its reference, which reminder it is, its number, its amount."""

    reference: str
    level: int
    number: str
    cents: int


@dataclass(frozen=True, slots=True)
class Letter:
    """
    A letter to a household, with all that lies in it.

    `block` are the lines of its address; of a protected household they are never shown.
    """

    kind: str
    round: str
    household_id: str
    block: tuple[str, ...]
    since: date
    pieces: tuple[Piece, ...]
    protected: bool = False

    @property
    def payer(self) -> str:
        return self.block[0] if self.block else "–"

    @property
    def reason_not_to_post(self) -> str:
        """Return why it cannot go by post, "" where it can."""
        if self.protected:
            return PROTECTED
        return BY_POST if len(self.block) > 1 else NO_ADDRESS

    @property
    def postcode(self) -> str:
        return self._postcode_and_town()[0]

    @property
    def town(self) -> str:
        return self._postcode_and_town()[1]

    @property
    def cents(self) -> int:
        return sum(piece.cents for piece in self.pieces)

    @property
    def bill_numbers(self) -> list[str]:
        return [piece.number for piece in self.pieces if piece.number]

    def _postcode_and_town(self) -> tuple[str, str]:
        """Return postcode and town of the last line; another country's line is a town."""
        if self.reason_not_to_post:
            return "", ""
        line = _LAST_LINE.fullmatch(self.block[-1])
        return (line["postcode"], line["town"]) if line else ("", self.block[-1])


def letters_in_print_order(letters: Sequence[Letter], order: str) -> list[Letter]:
    """Return letters as they are printed: what is handed over comes last, without an envelope."""

    def print_order_key(letter: Letter) -> tuple[object, ...]:
        place = ("", "") if order == BY_PAYER else (letter.postcode or "~", letter.town)
        name = searchable_text(letter.payer)
        return (
            bool(letter.reason_not_to_post),
            *place,
            name,
            letter.household_id,
            letter.kind,
            letter.since,
        )

    return sorted(letters, key=print_order_key)


def letters_with_file_numbers(letters: Sequence[Letter]) -> Iterator[tuple[int, int, Letter]]:
    """Give each letter with the number of its file, from 1, and its position in the run."""
    for position, letter in enumerate(letters):
        yield position // PER_FILE + 1, position, letter


def round_of_letter(kind: str, month: str, day: date, year: int = 0) -> str:
    """Return what a letter leaves with: its month's bills, its day's reminders, its year."""
    if year:
        return f"certificates:{year}"
    return f"reminders:{day.isoformat()}" if kind == REMINDER else f"bills:{month}"
