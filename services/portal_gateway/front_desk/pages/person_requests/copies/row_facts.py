"""A row of a copy as its reader has it: each field with its words, no number of machines."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from services.portal_gateway.front_desk.pages.person_requests.copies.code_labels import (
    code_in_words,
)
from services.portal_gateway.front_desk.pages.person_requests.copies.copy_labels import (
    FOR_MACHINES,
    field_label,
)
from services.portal_gateway.labels.dossier import purpose_label, role_label
from shared.dates.clock import PARIS
from shared.dates.months import first_of
from shared.register import Register
from shared.web.language import typography
from shared.web.language.languages import FRENCH
from shared.web.language.provider_badges import badge_by_code
from shared.web.language.weekdays import WEEKDAYS
from shared.web.prices.price_labels import euros

YES, NO = "oui", "non"
PROVIDERS = frozenset(
    {"decided_by", "from_provider", "other", "provider", "providers", "regie", "to_provider"}
)
ROLES = frozenset({"role", "seen_by"})
ACTIVITIES = frozenset({"activity", "tariff"})
DATED = ("day", "issued_on", "month", "at", "changed_at", "received_at", "submitted_at")
"""Fields by which rows are put in order, the first that a row has."""
OF_THE_GROUP = frozenset({"activity_group.first_day", "activity_group.last_day"})
"""Said of a group, and of nobody: beside each session of it they would hide the session."""
_MADE_BY_A_MACHINE = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,}", re.ASCII
)
"""An id, or a digest: nobody reads it, and the file for another software has it."""
_MONTH, _DAY = re.compile(r"\d{4}-\d{2}", re.ASCII), re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Content = Mapping[str, object]


def facts_of_row(content: Content, register: Register) -> Iterator[list[str]]:
    """Yield label and words of each field that says something to a person."""
    for name, value in content.items():
        field = name.rpartition(".")[2]
        if (
            field not in FOR_MACHINES
            and name not in OF_THE_GROUP
            and (said := _in_words(field, value, content, register))
        ):
            yield [_month_in_words(name) or field_label(name), said]


def first_day_of_row(content: Content) -> str:
    """Return the day or moment of a row, its own or that of its session, as ISO; else ""."""
    dated = {name.rpartition(".")[2]: value for name, value in content.items()}
    return next((str(dated[name]) for name in DATED if dated.get(name)), "")


def _in_words(field: str, value: object, row: Content, register: Register) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, int) and field.endswith("cents"):
        return euros(value)
    if isinstance(value, int) and field.endswith("_bp"):
        return f"{value / 100:g}\u00a0%".replace(".", ",")
    if isinstance(value, Mapping):
        return "\u00a0; ".join(
            f"{label}\u00a0: {said}" for label, said in facts_of_row(value, register)
        )
    if isinstance(value, list):
        said = (_in_words(field, each, row, register) for each in value)
        return ", ".join(each for each in said if each)
    return _text_in_words(field, value, row, register) if isinstance(value, str) else _number(value)


def _number(value: object) -> str:
    return "" if value is None else str(value)


def _text_in_words(field: str, text: str, row: Content, register: Register) -> str:
    if not text or _MADE_BY_A_MACHINE.fullmatch(text):
        return ""
    if field in PROVIDERS:
        return badge_by_code(register, text).label
    if field in ROLES:
        return role_label(register, str(row.get("provider", "")), text) or text
    if field in ACTIVITIES:
        return _activity_in_words(text, row, register)
    if field == "purpose" and row.get("projection"):
        return purpose_label(register, str(row.get("provider", "")), str(row["projection"]), text)
    if field == "weekdays" and text.isdecimal():
        return ", ".join(str(WEEKDAYS.get(int(number), number)) for number in text)
    return _day_in_words(text) or code_in_words(field, text)


def _activity_in_words(code: str, row: Content, register: Register) -> str:
    provider = str(row.get("provider") or row.get("regie") or "")
    known = [each for each in register.now.providers if each.code == provider]
    activities = (activity for each in known for activity in each.activities)
    return next((each.label for each in activities if each.code == code), code)


def _day_in_words(text: str) -> str:
    """Return a day, a moment or a month as it is written here, "" of any other text."""
    day = _day_of(text)
    if isinstance(day, datetime):
        return f"{day.astimezone(PARIS):%d/%m/%Y %H:%M}"
    return f"{day:%d/%m/%Y}" if day else _month_in_words(text)


def _month_in_words(text: str) -> str:
    try:
        return typography.month(first_of(text), FRENCH) if _MONTH.fullmatch(text) else ""
    except ValueError:
        return ""


def _day_of(text: str) -> date | None:
    if not _DAY.match(text):
        return None
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return None
