"""The typography as Jinja filters, in the language of the request and on this day."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from shared.dates.clock import now, today
from shared.web.language import typography
from shared.web.language.languages import language_here, said_by_town


def install(app: Flask) -> None:
    """Make the filters known to templates."""
    filters: dict[str, Callable[..., Any]] = {
        "fr": typography.spaced,
        "said": said_by_town,
        "day": lambda value: typography.day(value, language_here(), today()),
        "date": lambda value: typography.long_date(value, language_here()),
        "month": lambda value: typography.month(value, language_here()),
        "moment": lambda value: typography.moment(value, language_here(), today()),
        "hour": lambda value: typography.hour(value, language_here()),
        "hours": lambda starts, ends: typography.hours(starts, ends, language_here()),
        "until": lambda value: typography.until(value, language_here(), now()),
        "figure": typography.figure,
        "phone": typography.phone,
        "dial": typography.dial,
        "first_name": typography.first_name,
        "of": typography.of,
        "opening": typography.opening,
        "within": typography.within,
    }
    app.jinja_env.filters.update(filters)
