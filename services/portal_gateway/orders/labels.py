"""
Confirmations of a family's last order: each names the child, the day and the activity.

A message in the cookie has ids and codes; names and days come from what the page shows anyway.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.cards.rules.json_values import to_day
from services.portal_gateway.enrolment.rules.renewals import Renewal
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.orders.flash import flashed_messages
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.schedule.rules import Day
from shared.contracts.enrolment.school_year import renewals
from shared.web.language import typography

ANCHOR = "confirmation"
"""Id of the confirmation on the page: target of redirects, and of confirmation.js."""

OF_A_DAY: dict[str, LazyString] = {
    "booked": _l("%(what)s : réservé pour %(name)s, %(day)s."),
    "cancelled": _l("%(what)s : annulé à temps pour %(name)s, %(day)s. Ne sera pas compté."),
    "excused": _l("%(what)s : absence excusée pour %(name)s, %(day)s. Ne sera pas compté."),
    "late": _l("%(what)s : annulé après le délai pour %(name)s, %(day)s. Sera compté."),
    "full": _l("%(what)s : complet. Rien n’est réservé pour %(name)s, %(day)s."),
    "other_household": _l(
        "%(what)s : c’est le jour de l’autre foyer. Rien n’a changé pour %(name)s, %(day)s."
    ),
    "closed": _l("%(what)s : déjà annulé par le service pour %(name)s, %(day)s."),
    "gone": _l("%(what)s : rien n’était réservé pour %(name)s, %(day)s."),
}
OF_AN_APPLICATION: dict[str, LazyString] = {
    "accept": _l("%(what)s : vous avez accepté la place pour %(name)s."),
    "decline": _l("%(what)s : vous laissez la place proposée à %(name)s."),
    "withdraw": _l("%(what)s : la demande pour %(name)s est retirée."),
    "leave": _l("%(what)s : la place %(of_name)s est rendue."),
}
OF_A_RENEWAL: dict[str, LazyString] = {
    renewals.CONFIRMED: _l("%(what)s : confirmé pour %(name)s, à partir du %(day)s."),
    renewals.WAITING: _l(
        "%(what)s : confirmé pour %(name)s, en attente d’une place à partir du %(day)s."
    ),
    renewals.DECLINED: _l("%(what)s : %(name)s ne continue pas l’an prochain."),
    renewals.ASKED: _l("%(what)s : votre réponse pour %(name)s est annulée."),
}
UNCHANGED = ("on_its_way", "lost", "refused")
"""States of a message after which the provider has changed nothing yet."""


@dataclass(frozen=True)
class Confirmation:
    """One message: the row of the page that it belongs to ("" for none), tone, icon and title."""

    row: str
    tone: str
    drawing: str
    title: str
    message: Mapping[str, Any]
    about: str = ""
    """Child, activity and day, where the title does not name them."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PageConfirmations:
    """The messages of a page: those of its rows, by row, and those that stand above."""

    rows: Mapping[str, Confirmation]
    above: Sequence[Confirmation]


def row_of(day: Day) -> str:
    """Return which row of a page a day is; siblings may share a session."""
    return f"{day.child_id}/{day.session_id}"


def confirmations_of_days(days: Iterable[Day]) -> PageConfirmations:
    """Return what a page that shows these days confirms."""
    day_by_row = {row_of(day): day for day in days}
    shown = [_confirmation_of(message, day_by_row) for message in flashed_messages()]
    return PageConfirmations(
        {
            confirmation.row: confirmation
            for confirmation in shown
            if confirmation.row in day_by_row
        },
        [confirmation for confirmation in shown if confirmation.row not in day_by_row],
    )


def confirmations_of_page() -> PageConfirmations:
    """Return what a page without days confirms."""
    return confirmations_of_days(())


def renewal_confirmation(line: Renewal, became: str, name: str) -> str:
    """Return the sentence that confirms an answer for next year; "" where none was just given."""
    if became not in OF_A_RENEWAL:
        return ""
    values = {"what": line.now["activity"], "name": name, "day": _day_text(line.first_day)}
    return _fill_sentence(OF_A_RENEWAL[became], values)


def _confirmation_of(message: Mapping[str, Any], day_by_row: Mapping[str, Day]) -> Confirmation:
    about = message.get("about", {})
    row = about.get("row", "")
    day = day_by_row.get(row) or _day_on_cards(row)
    name = _child_name(about.get("child", ""))
    values = {"what": about.get("what", ""), "name": name, "of_name": typography.name_with_de(name)}
    if day is not None:
        values |= {"what": day.activity, "day": _day_text(day.day)}
    elif "from_day" in about:
        values |= {"day": _day_text(to_day(about["from_day"]))}
    title = "" if message["state"] in UNCHANGED else _title(message, about, values)
    code = next((outcome["outcome"] for outcome in message.get("outcomes", ())), "")
    tone, drawing, _word = enrolment_labels.OUTCOMES.get(code, ("green", "check", ""))
    if "from_day" in about:
        tone, drawing = "green", "check"
    return Confirmation(
        row, tone, drawing, title, message, _about(values), tuple(_notes(message, about))
    )


def _title(message: Mapping[str, Any], about: Mapping[str, Any], values: Mapping[str, str]) -> str:
    """Return the sentence; "" where nothing is known to name."""
    if not values["name"] or not values["what"]:
        return ""
    if about.get("did") in OF_AN_APPLICATION:
        return _fill_sentence(OF_AN_APPLICATION[about["did"]], values)
    if "from_day" in about:
        return _("%(what)s : nouveaux jours pour %(name)s à partir du %(day)s.", **values)
    code = next((outcome["outcome"] for outcome in message.get("outcomes", ())), "")
    return _fill_sentence(OF_A_DAY[code], values) if code in OF_A_DAY and "day" in values else ""


def _notes(message: Mapping[str, Any], about: Mapping[str, Any]) -> Iterable[str]:
    """Yield what else is to know of changed days: which are too late, full or closed."""
    if "from_day" not in about or message["state"] != "done":
        return
    yield enrolment_labels.weekdays(about["weekdays"]) or _("aucun jour fixe")
    others: dict[str, list[str]] = {}
    for outcome in message.get("outcomes", ()):
        if outcome["outcome"] not in ("booked", "cancelled", "gone"):
            day = _day_on_cards(f"{about['child']}/{outcome['session_id']}")
            others.setdefault(outcome["outcome"], []).append(_day_text(day.day) if day else "")
    for code, days in others.items():
        label = str(enrolment_labels.OUTCOMES[code][2])
        named = enrolment_labels.join_names(day for day in days if day)
        yield f"{named} : {label}" if named else label


def _about(values: Mapping[str, str]) -> str:
    return ", ".join(
        part for part in (values["name"], values["what"], values.get("day", "")) if part
    )


def _day_on_cards(row: str) -> Day | None:
    """Return a day that is not on the page, if a card has it."""
    days = current_overview().days(date.min, date.max) if row else ()
    return next((day for day in days if row_of(day) == row), None)


def _child_name(child_id: str) -> str:
    return current_overview().family.first_names.get(child_id, "")


def _day_text(value: date | None) -> str:
    return enrolment_labels.short_day(value) if value else ""


def _fill_sentence(sentence: object, values: Mapping[str, str]) -> str:
    return str(sentence) % values
