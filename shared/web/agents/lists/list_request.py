"""A list of this request: what its address asks, the addresses that ask otherwise, its file."""

import string
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from flask import Response, request, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as BaseResponse

from shared.dates.clock import today
from shared.text import NO_LETTER
from shared.web.agents.lists.columns import (
    DAY,
    EUROS,
    FIGURES,
    HOURS,
    MOMENT,
    Column,
    List,
    Value,
    cell_text,
)
from shared.web.agents.lists.files import CSV, MEDIA, XLSX, csv_of, xlsx_of
from shared.web.agents.lists.filtering_and_sorting import (
    Asked,
    Listing,
    filter_and_sort,
    offered_choices,
)
from shared.web.base import downloads
from shared.web.language import typography
from shared.web.language.languages import language_here
from shared.web.prices.price_labels import euros

Row = TypeVar("Row")

QUERY, LETTER, SORT, FILE = "q", "lettre", "tri", "fichier"
LONGEST = 80
KINDS = (XLSX, CSV)
"""Files that a list offers, the usual one first."""
LETTERS = (*string.ascii_uppercase, NO_LETTER)


@dataclass(frozen=True)
class Whole:
    """A list of which the first rows were read: their number, and by filter the values in it."""

    rows: int
    values: Mapping[str, Collection[str]]


def show_list(
    of: List[Row],
    rows: Sequence[Row],
    page: Callable[[Listing[Row]], str | BaseResponse],
    note: Callable[[Sequence[Row]], None],
    whole: Whole | None = None,
) -> str | BaseResponse:
    """
    Return the page of a list, or the file that its address asks for, of the same rows.

    `note` leaves the lines of who is taken away before anything leaves. Of a long list the rows may
    be those alone that answer to `search_query`, or where nothing is asked the first of `whole`.
    """
    asked = parse_list_request(of)
    listing = filter_and_sort(of, rows, asked)
    if whole is not None:
        choices = offered_choices(of, whole.values, asked.filters)
        listing = replace(listing, total=whole.rows, choices=choices)
        if not asks_anything(of):
            listing = replace(listing, found=whole.rows, letters=LETTERS)
    if not asks_file():
        return page(listing)
    note(listing.rows)
    return file_response_of_rows(of, listing.rows)


def asks_anything(of: List[Row]) -> bool:
    """Return whether this address asks for other rows of a list than its first, or for its file."""
    return asks_file() or parse_list_request(of) != Asked()


def parse_list_request(of: List[Row]) -> Asked:
    """Return what this address asks of a list."""
    filters = {
        column.code: value
        for column in of.columns
        if column.filtered and (value := request.args.get(column.code, "")[:LONGEST])
    }
    return Asked(
        search_query(),
        request.args.get(LETTER, "")[:1],
        request.args.get(SORT, "")[:LONGEST],
        filters,
    )


def search_query() -> str:
    """Return what this address asks a list to look for."""
    return request.args.get(QUERY, "")[:LONGEST].strip()


def asks_file() -> bool:
    """Return whether this address asks for a file of the list, not for its page."""
    return request.args.get(FILE, "") in KINDS


def address_of_page_asking(listing: Listing[Row], **changed: str) -> str:
    """Return the address of this page with something else asked; "" takes it out."""
    asked = listing.asked
    own = {name: kept_parameter(name) for name in listing.of.keep}
    values = {QUERY: asked.query, LETTER: asked.letter, SORT: asked.sort, **asked.filters}
    return _own_address(listing, {**own, **values, **changed})


def whole_address(listing: Listing[Row]) -> str:
    """Return the address of the whole list, in its usual order."""
    return _own_address(listing, {name: kept_parameter(name) for name in listing.of.keep})


def form_address(listing: Listing[Row]) -> str:
    """Return the address to which a list's form asks: its fields are the whole question."""
    return _own_address(listing, {})


def sort_address(listing: Listing[Row], code: str) -> str:
    """Return the address that sorts by a column; that of the present one turns it round."""
    present = listing.asked.sort or listing.of.sort
    return address_of_page_asking(listing, **{SORT: f"-{code}" if present == code else code})


def file_address(listing: Listing[Row], kind: str) -> str:
    """Return the address of the file of these rows, in this order."""
    return address_of_page_asking(listing, **{FILE: kind})


def kept_parameter(name: str) -> str:
    """Return a parameter of the page itself, a day or a régie, which its list leaves alone."""
    return request.args.get(name, "")[:LONGEST]


def aria_sort_of(listing: Listing[Row], code: str) -> str:
    """Return how the rows stand by a column, as `aria-sort` says it; "" where they do not."""
    if code != (listing.asked.sort_column or listing.of.sort):
        return ""
    return "descending" if listing.asked.sorts_descending else "ascending"


def columns_with_labels(columns: Sequence[Column[Row]]) -> list[tuple[Column[Row], str, bool]]:
    """Return columns with their labels, translated once for all rows, and whether they count."""
    return [(column, str(column.label), column.kind in FIGURES) for column in columns]


def cell_markup(column: Column[Row], row: Row) -> str:
    """Return a cell as a page writes it: its words, in a link where the column leads somewhere."""
    words = _words_of_value(column.value(row), column.kind)
    href = column.href(row) if column.href else ""
    return Markup(f'<a href="{escape(href)}">{escape(words)}</a>') if href else words


def _words_of_value(value: Value, kind: str) -> str:
    """
    Return a value in words, with what a machine reads of it.

    Of each of some hundred rows: a template takes four times as long for it.
    """
    text = cell_text(value)
    if not text:
        return _NOTHING
    write = _WRITTEN.get(kind)
    return write(value) if write else text


_NOTHING = Markup('<span class="soft none">–</span>')


def _day(value: date) -> Markup:
    """Return a day as a dense table has it: 02/03/2019."""
    return Markup(f'<time datetime="{value.isoformat()}">{value:%d/%m/%Y}</time>')


def _moment(value: datetime) -> Markup:
    said = typography.moment(value, language_here(), today())
    return Markup(f'<time datetime="{value.isoformat()}">{escape(said)}</time>')


def _amount(cents: int) -> Markup:
    return Markup(f'<data value="{cents}">{escape(euros(cents))}</data>')


def _hours(minutes: int) -> Markup:
    hundredths = round(minutes * 100 / 60)
    return Markup(f'<data value="{hundredths}">{hours_with_decimals(minutes)}</data>')


def hours_with_decimals(minutes: int) -> str:
    """Return a length of time as hours with two decimals, as a table has it: 1 234,50."""
    hundredths = (minutes * 100 + 30) // 60
    whole, rest = divmod(hundredths, 100)
    return f"{whole:,},{rest:02d}".replace(",", "\u202f", f"{whole:,}".count(","))


_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    DAY: _day,
    MOMENT: _moment,
    EUROS: _amount,
    HOURS: _hours,
}


def _own_address(listing: Listing[Row], values: dict[str, str]) -> str:
    asked: dict[str, Any] = {name: value for name, value in values.items() if value}
    endpoint = listing.of.endpoint or request.endpoint or ""
    return url_for(endpoint, **(request.view_args or {}), **asked)


def file_response_of_rows(of: List[Row], rows: Iterable[Row]) -> Response:
    """Return rows, each of which is read once, as the file that this address asks for."""
    title, kind = str(of.title), request.args[FILE]
    content = csv_of(of.columns, rows) if kind == CSV else xlsx_of(title, of.columns, rows)
    return downloads.file_to_save(content, f"{title}.{kind}", MEDIA[kind])
