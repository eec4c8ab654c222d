"""Labels of letters on paper: what they are, what leaves together, why one is handed over."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.desk.regie.labels.billing import month_name
from shared.contracts.billing import bills
from shared.contracts.billing.regie import letters
from shared.contracts.billing.regie.letters import WaitingLetter
from shared.text import searchable_text
from shared.web.language import typography
from shared.web.language.languages import language_here
from shared.web.language.translated_labels import Label, State

KINDS: Mapping[str, LazyString] = {
    bills.INVOICE: _l("facture"),
    bills.CREDIT_NOTE: _l("avoir"),
    letters.REMINDER: _l("relance"),
    letters.CERTIFICATE: _l("attestation fiscale"),
}
BY_HAND: Mapping[str, State] = {
    letters.BY_POST: ("green", "sent", _l("par la poste")),
    letters.PROTECTED: ("gold", "lock", _l("adresse protégée : à remettre")),
    letters.NO_ADDRESS: ("gold", "alert", _l("sans adresse : à remettre")),
}
ORDERS: tuple[tuple[str, Label], ...] = (
    (letters.BY_POSTCODE, _l("par code postal")),
    (letters.BY_PAYER, _l("par nom")),
)


@dataclass(frozen=True)
class Round:
    """Letters that leave together: how many of which kinds, how many by hand, for how much."""

    code: str
    label: str
    kinds: str
    letters: int
    by_hand: int
    cents: int


def place_among_waiting(letter: WaitingLetter) -> tuple[object, ...]:
    """Return what a letter is sorted by: its round, then as it would be printed by postcode."""
    return (
        letter["round"],
        bool(letter["by_hand"]),
        letter["postcode"] or "~",
        letter["town"],
        searchable_text(letter["payer"]),
        letter["since"],
    )


def rounds_of_letters(waiting: Iterable[WaitingLetter]) -> list[Round]:
    """Return the rounds that wait; what all of them are together comes first, where several do."""
    by_code: dict[str, list[WaitingLetter]] = {}
    for letter in waiting:
        by_code.setdefault(letter["round"], []).append(letter)
    each = [_make_round(code, round_label(code), of_it) for code, of_it in by_code.items()]
    if len(each) < 2:
        return each
    everything = [letter for of_it in by_code.values() for letter in of_it]
    return [_make_round("", _("Tout ce qui attend"), everything), *each]


def round_label(code: str) -> str:
    """Name a round: « Factures de novembre 2026 », « Relances du 20 décembre 2026 »."""
    kind, _colon, when = code.partition(":")
    if kind == "bills":
        return _("Factures de %(month)s", month=month_name(when))
    if kind == "reminders":
        day = typography.long_date(date.fromisoformat(when), language_here())
        return _("Relances du %(day)s", day=day)
    return _("Attestations fiscales %(year)s", year=when)


def letters_count(count: int) -> str:
    """Say how many letters."""
    return str(ngettext("%(num)d courrier", "%(num)d courriers", count))


def _make_round(code: str, label: str, of_it: list[WaitingLetter]) -> Round:
    by_hand = sum(bool(letter["by_hand"]) for letter in of_it)
    kinds = Counter(letter["kind"] for letter in of_it)
    counted = [
        _count_of_kind_in_words(kind, kinds[kind]) for kind in letters.LETTER_KINDS if kinds[kind]
    ]
    cents = sum(letter["cents"] for letter in of_it)
    return Round(code, label, " · ".join(counted), len(of_it), by_hand, cents)


def _count_of_kind_in_words(kind: str, count: int) -> str:
    if kind == bills.INVOICE:
        return str(ngettext("%(num)d facture", "%(num)d factures", count))
    if kind == bills.CREDIT_NOTE:
        return str(ngettext("%(num)d avoir", "%(num)d avoirs", count))
    if kind == letters.REMINDER:
        return str(ngettext("%(num)d relance", "%(num)d relances", count))
    return str(ngettext("%(num)d attestation", "%(num)d attestations", count))
