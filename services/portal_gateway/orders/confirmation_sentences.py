"""
Confirmations of a family's last order: each names the child and the activity.

A message in the cookie has ids and codes; names and days come from what the portal knows anyway.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.cards.rules.json_values import to_day
from services.portal_gateway.enrolment.rules.renewals import Renewal
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.orders.last_order_flash import flashed_messages
from services.portal_gateway.overview.queries.family import current_overview
from shared.contracts.enrolment.school_year import renewals
from shared.json_values import JsonMapping
from shared.web.language.languages import with_elisions_here

ANCHOR = "confirmation"
"""Id of the confirmation on the page: target of redirects, and of confirmation.js."""

OF_AN_APPLICATION: dict[str, LazyString] = {
    "accept": _l("%(what)s : vous avez accepté la place pour %(name)s."),
    "decline": _l("%(what)s : vous laissez la place proposée à %(name)s."),
    "withdraw": _l("%(what)s : la demande pour %(name)s est retirée."),
    "leave": _l("%(what)s : la place de %(name)s est rendue."),
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
    """One message: its title, "" where what became of the order is said instead."""

    title: str
    message: JsonMapping
    about: str
    """Child, activity and day, where there is no title that names them."""
    notes: Sequence[str] = ()


def confirmations_of_page() -> list[Confirmation]:
    """Return what this page confirms."""
    return [_make_confirmation(message) for message in flashed_messages()]


def renewal_confirmation(line: Renewal, became: str, name: str) -> str:
    """Return the sentence that confirms an answer for next year; "" where none was just given."""
    if became not in OF_A_RENEWAL:
        return ""
    values = {"what": line.now["activity"], "name": name, "day": _day_text(line.first_day)}
    return _fill_sentence(OF_A_RENEWAL[became], values)


def _make_confirmation(message: JsonMapping) -> Confirmation:
    about = message.get("about", {})
    name = _child_name(about.get("child", ""))
    values = {
        "what": about.get("what", ""),
        "name": name,
        "day": _day_text(to_day(about["from_day"])) if "from_day" in about else "",
    }
    done = message["state"] not in UNCHANGED
    return Confirmation(
        _confirmation_sentence(about, values) if done else "",
        message,
        ", ".join(filter(None, (values["name"], values["what"], values["day"]))),
        list(_notes_on_changed_days(message, about)) if done else (),
    )


def _confirmation_sentence(about: JsonMapping, values: Mapping[str, str]) -> str:
    """Return the sentence; "" where nothing is known to name."""
    if not values["name"] or not values["what"]:
        return ""
    if about.get("did") in OF_AN_APPLICATION:
        return _fill_sentence(OF_AN_APPLICATION[about["did"]], values)
    if "from_day" in about:
        return _("%(what)s : nouveaux jours pour %(name)s à partir du %(day)s.", **values)
    return ""


def _notes_on_changed_days(message: JsonMapping, about: JsonMapping) -> Iterable[str]:
    """Yield what else is to know of changed days: which are too late, full or closed."""
    if "from_day" not in about:
        return
    yield enrolment_labels.fixed_days_in_words(about["weekdays"])
    others: dict[str, list[str]] = {}
    for outcome in message.get("outcomes", ()):
        day = _day_of_session_on_cards(about["child"], outcome["session_id"])
        others.setdefault(outcome["outcome"], []).append(_day_text(day))
    for code, days in others.items():
        label = str(enrolment_labels.OUTCOMES[code][2])
        named = enrolment_labels.join_names(day for day in days if day)
        yield f"{named} : {label}" if named else label


def _day_of_session_on_cards(child_id: str, session_id: str) -> date | None:
    """Return the day of a session, if a card has it."""
    sessions = current_overview().days(date.min, date.max)
    key = (child_id, session_id)
    return next((each.day for each in sessions if (each.child_id, each.session_id) == key), None)


def _child_name(child_id: str) -> str:
    return current_overview().family.first_names.get(child_id, "")


def _day_text(value: date | None) -> str:
    return enrolment_labels.short_day(value) if value else ""


def _fill_sentence(sentence: object, values: Mapping[str, str]) -> str:
    return with_elisions_here(str(sentence), values) % values
