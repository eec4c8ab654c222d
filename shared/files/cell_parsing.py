"""
Cells as French software exports them: days, amounts, names, numbers, ticks, days of the week.

Pure. Each raises Unreadable with a sentence that says what is expected, never what was read. A day
is read day first: 03/04/2018 is the 3rd of April.
"""

import re
from datetime import date

from shared.text import lowercase_unaccented, read_telephone_number


class Unreadable(ValueError):
    """A cell cannot be read; the message says what would be."""


MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
LEAST_LETTERS = 3
"""« sept. » and « févr. » are months; « ju » could be two."""

CENTURY = 50
"""A year of two figures from here on is of the twentieth century."""

_DAY_FIRST = re.compile(r"^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})$")
_YEAR_FIRST = re.compile(r"^(\d{4})[/.\-]?(\d{2})[/.\-]?(\d{2})$")
_WRITTEN = re.compile(r"^(?:[a-z]+\.? )?(\d{1,2})(?:er)? ([a-z]+)\.? (\d{4})$")
_HOUR = re.compile(r"[t ]\d{1,2}[:h]\d{2}(:\d{2})?(\.\d+)?z?$")
_MONTH_FIRST = re.compile(r"^(\d{1,2})[/.\- ](\d{4})$")
_YEAR_MONTH = re.compile(r"^(\d{4})[/.\- ](\d{1,2})$")
_WRITTEN_MONTH = re.compile(r"^([a-z]+)\.? (\d{4})$")
_AMOUNT = re.compile(r"^([+-]?)(\d+|\d{1,3}(?:[ .]\d{3})+)(?:[,.](\d{1,2}))?$")
_CIVILITY = re.compile(r"^(m\.|mr\.?|mme\.?|mlle\.?|monsieur|madame|mademoiselle|m)(\s+|$)", re.I)
_TWO_PEOPLE = re.compile(r"\bet\b|&", re.I)
_SPACES = re.compile(r"\s+")
_DESTROYED = re.compile(
    r"[+-]?\d(?:[.,]\d+)? ?E\+\d{1,3}|#{2,}|#(?:N/A|[A-Z]+[!?]|DIV/0[!?])", re.I
)

DAY = "a day such as 12/03/2018, 2018-03-12 or 3 mars 2018"
MONTH = "a month such as 09/2019, 2019-09 or septembre 2019"
EUROS = "an amount such as 1 234,56"
NAME = "one person's name"
PHONE = "a telephone number such as 06 12 34 56 78"
POSTCODE = "a postcode of five figures"
COUNT = "a whole number"
WHOLE = "Excel has cut what stood here (1,23E+11, ####): export again, with this column as text"
CODES = "codes such as ens: translate them in the mapping"
YES_OR_NO = "oui, x or 1; non, 0 or nothing"
WEEKDAYS = "days such as lun, mar, jeu or 1 2 4; of letters alone LMJV and LMMJV"
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_LETTERS_OF_DAYS = {"lmjv": [1, 2, 4, 5], "lmmjv": [1, 2, 3, 4, 5]}
"""Letters that stand for days of school; a single M elsewhere could be two of them."""


def text(cell: str) -> str:
    """Return a cell with one plain space between its words."""
    return _SPACES.sub(" ", cell.replace("\u00a0", " ").replace("\u202f", " ")).strip()


def refuse_destroyed(cell: str) -> None:
    """Raise Unreadable for a number that a spreadsheet shortened, or an error of its own."""
    if _DESTROYED.fullmatch(text(cell)):
        raise Unreadable(WHOLE)


def day(cell: str) -> date:
    """Return a day, however it is written; an hour behind it is left out."""
    written = _HOUR.sub("", _fold_cell(cell)).strip()
    if found := _DAY_FIRST.match(written):
        number, month, year = found.groups()
        return _valid_date(_full_year(year), int(month), int(number))
    if found := _YEAR_FIRST.match(written):
        return _valid_date(*map(int, found.groups()))
    if found := _WRITTEN.match(written):
        number, name, year = found.groups()
        return _valid_date(int(year), _month_named(name), int(number))
    raise Unreadable(DAY)


def month(cell: str) -> str:
    """Return a month such as 2019-09; a day means its month."""
    written = _fold_cell(cell)
    if found := _MONTH_FIRST.match(written):
        first = _valid_date(int(found[2]), int(found[1]), 1)
    elif found := _YEAR_MONTH.match(written):
        first = _valid_date(int(found[1]), int(found[2]), 1)
    elif found := _WRITTEN_MONTH.match(written):
        first = _valid_date(int(found[2]), _month_named(found[1]), 1)
    else:
        try:
            first = day(cell)
        except Unreadable:
            raise Unreadable(MONTH) from None
    return f"{first:%Y-%m}"


def cents(cell: str) -> int:
    """
    Return an amount of euros in cents; « 12 », « 1 234,5 € », « -3.20 ».

    « 1.234 » and « 1,234 » are refused: thousands, or thousandths?
    """
    written = text(cell).replace("€", "").replace("EUR", "").strip()
    found = _AMOUNT.match(written.replace("−", "-"))
    ambiguous = re.fullmatch(r"[+-]?\d{1,3}\.\d{3}", written)
    if not found or ambiguous:
        raise Unreadable(EUROS)
    sign, whole, part = found.groups()
    amount = int(re.sub(r"[ .]", "", whole)) * 100 + int((part or "0").ljust(2, "0"))
    return -amount if sign == "-" else amount


def count(cell: str) -> int:
    """Return how many; « 12,00 » is twelve, and what is no whole number is refused."""
    amount = _parse_cell_number_or_refuse(cents, cell, COUNT)
    if amount < 0 or amount % 100:
        raise Unreadable(COUNT)
    return amount // 100


def person_name(cell: str) -> str:
    """
    Return one person's name without its civility, and without shouting: LEFÈVRE is Lefèvre.

    « M. et Mme » are two people, and refused.
    """
    written = text(cell)
    if _TWO_PEOPLE.search(written):
        raise Unreadable(NAME)
    written = _CIVILITY.sub("", written)
    if not any(letter.isalpha() for letter in written):
        raise Unreadable(NAME)
    return " ".join(_without_shouting(word) for word in written.split(" "))


def phone(cell: str) -> str:
    """Return a number as it is written in France; a first 0 that a spreadsheet ate comes back."""
    number = read_telephone_number(text(cell))
    if number is None:
        raise Unreadable(PHONE)
    return number


def postcode(cell: str) -> str:
    """Return five figures; a first 0 that a spreadsheet ate comes back."""
    figures = re.sub(r"^F-?|\s", "", text(cell), flags=re.I)
    if re.fullmatch(r"\d{4,5}", figures):
        return figures.zfill(5)
    raise Unreadable(POSTCODE)


def yes_or_no(cell: str) -> bool:
    """Return whether a cell is ticked: « oui », « Oui », « x », « 1 », « vrai »."""
    written = _fold_cell(cell)
    if written in ("oui", "o", "x", "1", "vrai", "true", "yes", "✓", "✔"):
        return True
    if written in ("", "non", "n", "0", "faux", "false", "no", "-"):
        return False
    raise Unreadable(YES_OR_NO)


def weekdays(cell: str) -> list[int]:
    """Return days of the week in their order, 1 Monday: of « lun, mar », « 1 2 4 », « LMJV »."""
    words = [word for word in re.split(r"[\s,;/|+.&-]+|\bet\b", _fold_cell(cell)) if word]
    together = "".join(words)
    if together in _LETTERS_OF_DAYS:
        return list(_LETTERS_OF_DAYS[together])
    return sorted({_weekday_named(word) for word in words})


def split_entries(cell: str) -> list[str]:
    """Return the entries of a cell that holds several, parted by , ; | or /."""
    return [entry for part in re.split(r"[,;|/]", cell) if (entry := text(part))]


def split_codes(cell: str) -> list[str]:
    """Return the codes of a cell, parted by spaces too."""
    found = [each for part in split_entries(cell) for each in part.split(" ")]
    if not all(re.fullmatch(r"[a-z0-9_]{1,40}", each) for each in found):
        raise Unreadable(CODES)
    return found


def _parse_cell_number_or_refuse(read: object, cell: str, problem: str) -> int:
    try:
        return int(read(cell))  # type: ignore[operator]
    except Unreadable:
        raise Unreadable(problem) from None


def _fold_cell(cell: str) -> str:
    """Return a cell in lower case, without accents."""
    return lowercase_unaccented(text(cell))


def _full_year(figures: str) -> int:
    year = int(figures)
    if len(figures) == 4:
        return year
    return year + (1900 if year >= CENTURY else 2000)


def _valid_date(year: int, number: int, day_of_month: int) -> date:
    try:
        return date(year, number, day_of_month)
    except ValueError:
        raise Unreadable(DAY) from None


def _month_named(written: str) -> int:
    alike = [at for at, known in enumerate(MONTHS, start=1) if known.startswith(written)]
    if len(written) < LEAST_LETTERS or len(alike) != 1:
        raise Unreadable(MONTH)
    return alike[0]


def _weekday_named(written: str) -> int:
    if re.fullmatch("[1-7]", written):
        return int(written)
    alike = [number for number, known in enumerate(DAYS, start=1) if known.startswith(written)]
    if len(alike) != 1:
        raise Unreadable(WEEKDAYS)
    return alike[0]


def _without_shouting(word: str) -> str:
    """Return a word that is all in capitals with its first letters large."""
    if len(word) > 1 and word == word.upper():
        return "".join(part[:1].upper() + part[1:].lower() for part in re.split(r"([-'’])", word))
    return word
