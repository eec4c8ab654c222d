"""The typography as Jinja filters, in the language of the request and on this day."""

from collections.abc import Callable

from flask import Flask

from shared.dates.clock import now, today
from shared.town.schools.choice import level_and_class
from shared.web.language import typography
from shared.web.language.languages import language_here, text_of_town, words_in_french


def install(app: Flask) -> None:
    """Make the filters known to templates."""
    filters: dict[str, Callable[..., object]] = {
        "fr": typography.with_french_spaces,
        "said": text_of_town,
        "in_french": words_in_french,
        "day": lambda value: typography.day(value, language_here(), today()),
        "date": lambda value: typography.long_date(value, language_here()),
        "month": lambda value: typography.month(value, language_here()),
        "month_name": lambda value: typography.month_name(value, language_here()),
        "moment": lambda value: typography.moment(value, language_here(), today()),
        "hour": lambda value: typography.hour(value, language_here()),
        "hours": lambda starts, ends: typography.hour_range(starts, ends, language_here()),
        "until": lambda value: typography.deadline_words(value, language_here(), now()),
        "up_to": lambda said: typography.up_to(said, language_here()),
        "figure": typography.whole_number,
        "phone": typography.phone_number,
        "dial": typography.dialled_number,
        "first_name": typography.first_name,
        "with_class": level_and_class,
        "opening": typography.with_capital,
        "within": typography.without_capital,
    }
    app.jinja_env.filters.update(filters)
