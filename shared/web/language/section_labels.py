"""Sections and projections in words: their messages and values in the language of the page."""

from collections.abc import Mapping
from datetime import date

from flask_babel import gettext, lazy_gettext

from shared.contracts.sections.section import Line, OfTown, Phone, Said, Shown
from shared.web.language.diet_labels import diet_words
from shared.web.language.languages import language_here
from shared.web.language.typography import long_date, phone_number


def term_in_words(shown: Shown) -> str:
    """Return a term or a text of a section in words; several are joined by commas."""
    match shown:
        case Said(message, values):
            return gettext(
                message, **{name: term_in_words(value) for name, value in values.items()}
            )
        case OfTown(code):
            return diet_words(code)
        case Phone(number):
            return phone_number(number)
        case date():
            return long_date(shown, language_here())
        case list() | tuple():
            return ", ".join(_words_of_part(part, place) for place, part in enumerate(shown))
        case _:
            return str(shown)


def lines_in_words(shown: list[Line]) -> list[tuple[str, str]]:
    """Return terms and texts in words."""
    return [(term_in_words(term), term_in_words(text)) for term, text in shown]


def lazy_labels(messages: Mapping[str, str]) -> dict[str, object]:
    """Return labels by code, each put into the language of the page when it is shown."""
    return {code: lazy_gettext(message) for code, message in messages.items()}


def _words_of_part(part: Shown, place: int) -> str:
    """Return a part of a list; a label behind the first begins with a small letter."""
    text = term_in_words(part)
    is_label = isinstance(part, OfTown) or (isinstance(part, Said) and not part.values)
    return text[:1].lower() + text[1:] if place and is_label else text
