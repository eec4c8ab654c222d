"""
French on the page: spaces that do not break, dates, hours and telephone numbers as one says them.

Pure: the language and the day are arguments; shared/web/language/filters.py takes them from the
request.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

from babel.dates import format_date
from babel.lists import format_list
from markupsafe import Markup

from shared.dates.clock import PARIS

NBSP, THIN = "\u00a0", "\u202f"
_UNITS = "h|min|minutes?|ans?|mois|semaines?|jours?|heures?|caractères?|fois|ko|Mo"
_RULES = (
    (re.compile(r" ([:»])"), NBSP + r"\1"),
    (re.compile(r" ([;!?])"), THIN + r"\1"),
    (re.compile(r"« "), "«" + NBSP),
    (re.compile(rf"(?<=\d) (?=(?:{_UNITS})\b|%)"), NBSP),
    (re.compile(r" (?=€)"), NBSP),
    (re.compile(r"(?<=\d\u00a0h) (?=\d)"), NBSP),
    (re.compile(r"\bn° "), "n°" + NBSP),
)

_LIST_LOCALES = {"en": "en_GB"}
"""Locales of lists, where the language alone has a comma before « and »."""

_ELIDED = re.compile(
    "[aàâäáåæeéèêëiîïíoôöóœuùûüú]|y(?![aeiouéè])|h(?:[éèêy]|e[lnr]|ip|on|or)", re.IGNORECASE
)
"""Beginnings of names before which « de » is elided; of those with an h only the certain ones."""
_ELIDABLE = re.compile(r"\b(?P<word>[Dd]|[Qq]u)e (?=%\((?P<value>\w+)\)s)")

_DATED = re.compile(r"(?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche) \d")
"""A day with its number, before which an article stands: « jusqu’au jeudi 26 novembre »."""


@lru_cache(maxsize=4096)
def with_french_spaces(text: str) -> str:
    """Put non-breaking spaces where French wants them: before `: ; ! ?`, in « », after figures."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def day(value: date | datetime, language: str, this_day: date) -> str:
    """Say a day: « mardi 24 novembre », with its year where it is another one."""
    value = _local_day(value)
    pattern = "EEEE d MMMM" if value.year == this_day.year else "EEEE d MMMM y"
    return _format_day(value, pattern, language)


def short_weekday(value: date, language: str) -> str:
    """Say a day of the week where there is little room: « lun. », "Mon"."""
    return _format_day(value, "EEE", language)


def weekday_and_number(value: date, language: str) -> str:
    """Say a day of a month that is named after it: « lundi 7 », "Monday 7"."""
    first = "er" if language == "fr" and value.day == 1 else ""
    return _format_day(value, "EEEE d", language) + first


def day_and_month(value: date, language: str) -> str:
    """Say a day of a year that is plain: « 1er décembre », "1 December"."""
    return _format_day(value, "d MMMM", language)


def long_date(value: date | datetime, language: str) -> str:
    """Say a date that one does not live by: « 3 mai 2018 »."""
    return _format_day(_local_day(value), "d MMMM y", language)


def month(value: date | datetime, language: str) -> str:
    """Say a month: « novembre 2026 »."""
    return _format_day(_local_day(value), "LLLL y", language)


def month_name(value: date | datetime, language: str) -> str:
    """Name a month alone, where the day is above it: « novembre »."""
    return _format_day(_local_day(value), "LLLL", language)


def hour(value: datetime, language: str = "fr") -> str:
    """Say an hour: « 17 h 30 », « 8 h », "8:00"."""
    local = value.astimezone(PARIS)
    return clock_time(local.hour, local.minute, language)


def clock_time(hours: int, minutes: int, language: str = "fr") -> str:
    """Say an hour of the day, given its hours and minutes."""
    if language != "fr":
        return f"{hours}:{minutes:02}"
    return f"{hours}{NBSP}h" + (f"{NBSP}{minutes:02}" if minutes else "")


def moment(value: datetime, language: str, this_day: date) -> str:
    """Say when: « aujourd’hui à 17 h 30 », « mardi 24 novembre à 8 h »."""
    shown, at = day(value, language, this_day), "à" if language == "fr" else "at"
    distance = this_day - _local_day(value)
    labels = {"fr": ("aujourd’hui", "hier"), "en": ("today", "yesterday")}.get(language)
    if labels and distance in (timedelta(0), timedelta(days=1)):
        shown = labels[distance.days]
    return f"{shown} {at}{NBSP}{hour(value, language)}"


def deadline_words(value: datetime, language: str, moment: datetime) -> str:
    """Say a deadline: « ce soir 18 h », « demain 9 h », « jeudi 26 novembre, 18 h »."""
    today, local = _local_day(moment), value.astimezone(PARIS)
    evening = local.hour >= 17
    labels = {
        "fr": (f"ce{NBSP}soir", f"demain{NBSP}soir") if evening else ("aujourd’hui", "demain"),
        "en": ("tonight" if evening else "today", "tomorrow"),
    }.get(language)
    distance = (local.date() - today).days
    if labels and distance in (0, 1):
        return f"{labels[distance]} {hour(value, language)}"
    return f"{day(value, language, today)}, {hour(value, language)}"


def up_to(said: str, language: str) -> str:
    """Say until when: « jusqu’à demain 9 h », « jusqu’au jeudi 26 novembre, 18 h »."""
    if language != "fr":
        return f"until {said}"
    return f"jusqu’{'au' if _DATED.match(said) else 'à'} {said}"


def short_moment(value: datetime, language: str) -> str:
    """Say a moment of the days around where there is little room: « dim. 18 h », "Sun 18:00"."""
    return f"{short_weekday(_local_day(value), language)}{NBSP}{hour(value, language)}"


def hour_range(starts: datetime, ends: datetime, language: str = "fr") -> str:
    """Say from when to when: « 8 h – 18 h »."""
    return join_hours(hour(starts, language), hour(ends, language))


def join_hours(starts: str, ends: str) -> str:
    """Say one hour, then another. Lines break at the dash: a page holds them together (.whole)."""
    return f"{starts}{NBSP}– {ends}"


def whole_number(number: int) -> str:
    """Write a whole number as one reads it: « 1 217 »."""
    return f"{number:,}".replace(",", THIN)


def phone_number(number: str) -> str:
    """Group a French number by two; leave others as they were given."""
    digits = re.sub(r"[ .\u00a0\u202f-]", "", number)
    if re.fullmatch(r"0\d{9}", digits):
        return NBSP.join(digits[at : at + 2] for at in range(0, 10, 2))
    return number.strip().replace(" ", NBSP)


def dialled_number(number: str) -> str:
    """Return a number as a telephone dials it."""
    return re.sub(r"[^+\d]", "", number)


def enumeration(names: Iterable[str], language: str) -> str:
    """Return several names one after the other: « Lise, Lou et Zoé »; "" without any."""
    return format_list(list(names), locale=_LIST_LOCALES.get(language, language))


def first_name(name: str) -> str:
    """Return how to greet somebody: the text before the first space."""
    return next(iter(name.split()), name)


def name_with_de(name: str) -> str:
    """Say whose something is: « de Manon », « d’Inès », « d’Yves », « de Yanis », « d’Hélène »."""
    return with_elisions("de %(name)s", {"name": name}) % {"name": name}


def with_elisions(sentence: str, values: Mapping[str, object]) -> str:
    """Elide « de » and « que » before each of the `%(values)s` that begins with a vowel."""
    if not values or "e %(" not in sentence:
        return sentence

    def elide(found: re.Match[str]) -> str:
        value = values.get(found["value"], "")
        shown = value.striptags() if isinstance(value, Markup) else str(value)
        return f"{found['word']}’" if _ELIDED.match(shown) else found[0]

    return _ELIDABLE.sub(elide, sentence)


def with_capital(text: object) -> str:
    """Return a text as it opens a line: « Lundi 23 novembre », "Monday, Friday and Sunday"."""
    shown = str(text)
    return shown[:1].upper() + shown[1:]


def without_capital(text: object) -> str:
    """Return a text as it goes on a line: « les factures » for « Les factures »."""
    shown = str(text)
    return shown[:1].lower() + shown[1:]


def _local_day(value: date | datetime) -> date:
    return value.astimezone(PARIS).date() if isinstance(value, datetime) else value


def _format_day(value: date, pattern: str, language: str) -> str:
    shown = format_date(value, pattern, locale=language)
    if language == "fr":
        shown = re.sub(r"\b1 (?=\D)", "1er ", shown, count=1)
    return re.sub(r"(?<=\d) |(?<=1er) ", NBSP, shown)
