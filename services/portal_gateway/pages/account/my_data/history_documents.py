"""A history as a file: JSON for software, a tagged PDF for people; made at once, kept nowhere."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.labels.enrolment import euros
from services.portal_gateway.pages.account.my_data import history_file_format
from services.portal_gateway.pages.account.my_data.history_file_format import (
    TAKEN_OVER,
    FamilyHistory,
    schema,
)
from shared.contracts.billing import bills
from shared.contracts.sections.consents import lines_of_consents
from shared.contracts.sections.section import Line
from shared.documents import compiler_lock, lay_out_pdf
from shared.web.language import typography
from shared.web.language.languages import language_here
from shared.web.language.section_labels import lines_in_words

JSON, PDF = "json", "pdf"
TEMPLATE = Path(__file__).with_name("family_history.typ")

BILL_STATES: Mapping[str, LazyString] = {
    bills.DUE: _l("à payer"),
    bills.PARTLY_PAID: _l("payée en partie"),
    bills.PAID: _l("payée"),
    bills.OVERDUE: _l("en retard"),
    bills.CREDITED: _l("annulée par un avoir"),
    bills.TRANSFERRED: _l("transmise au Trésor public"),
}


def history_json(history: FamilyHistory) -> bytes:
    """Return the file that docs/family-history.md describes."""
    content = schema.dump(history)
    schema.load(content)  # never a file that does not keep its own format
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def history_pdf(history: FamilyHistory) -> bytes:
    """Return the history as a document, tagged (PDF/UA-1), in the language of the page."""
    with compiler_lock():
        return lay_out_pdf(TEMPLATE, data_of_history_template(history), history["made_at"])


def data_of_history_template(history: FamilyHistory) -> dict[str, object]:
    """Return what the template prints: words and amounts."""
    title = _("Historique de la famille") if history["accounts"] else _("Historique des activités")
    names = ", ".join(child["first_name"] for child in history["children"])
    day = typography.long_date(history["made_at"], language_here())
    return {
        "lang": language_here(),
        "page": _("Page"),
        "of": _("sur"),
        "title": f"{title} : {names}" if names else title,
        "author": history["town"]["name"],
        "description": title,
        "footer": f"{history['town']['name']} · {title}",
        "heading": title,
        "made": _("Établi le %(day)s pour %(name)s.", day=day, name=history["made_for"]),
        "allowed": _("Autorisations"),
        "columns": [_("Activité"), _("Service"), _("Fois par mois")],
        "children": [_template_data_of_child(child) for child in history["children"]],
        "accounts": [_template_data_of_account(account) for account in history["accounts"]],
        "nothing": _("Rien n’est compté."),
        "notes": [
            _("Le parcours compte des fois par mois, jamais un jour ni une heure."),
            _("« Repris » : ce qui vient d’un autre logiciel, avec ses propres numéros."),
        ],
    }


def _template_data_of_child(child: history_file_format.Child) -> dict[str, object]:
    lines = sorted(child["activities"], key=lambda line: line["school_year"], reverse=True)
    return {
        "name": f"{child['first_name']} {child['last_name']}",
        "born": typography.long_date(child["birth_date"], language_here()),
        "years": [
            {"year": year, "rows": [_row_of_activity(line) for line in rows]}
            for year, rows in groupby(lines, key=lambda line: line["school_year"])
        ],
        "consents": [[term, words] for term, words in lines_in_words(_consents_in_words(child))],
    }


def _consents_in_words(child: history_file_format.Child) -> list[Line]:
    """Return the state of each act in the words that services read."""
    said = [{**row, "since": row["since"].isoformat()} for row in child["consents"] if row["since"]]
    return lines_of_consents({"acts": said})


def _row_of_activity(line: history_file_format.Activity) -> list[str]:
    months = ", ".join(
        f"{_month_in_words(month)} : {times}"
        for month, times in sorted(line["months"].items())
        if times
    )
    return [f"{line['label']}{_origin_in_words(line)}", line["provider_label"], months]


def _template_data_of_account(account: history_file_format.Account) -> dict[str, object]:
    return {
        "name": account["provider_label"],
        "tables": [
            {
                "title": _("Factures"),
                "columns": [_("Numéro"), _("Mois"), _("État"), _("Montant")],
                "rows": [_row_of_bill(bill) for bill in account["bills"]],
            },
            {
                "title": _("Paiements"),
                "columns": [_("Le"), _("Facture"), _("Règlement"), _("Montant")],
                "rows": list(_rows_of_payments(account["payments"])),
            },
        ],
    }


def _row_of_bill(bill: history_file_format.Bill) -> list[str]:
    credit = bill["kind"] == bills.CREDIT_NOTE
    state = _("avoir") if credit else str(BILL_STATES[bill["state"]])
    number = f"{bill['number']}{_origin_in_words(bill)}"
    return [number, _month_in_words(bill["month"]), state, euros(bill["total_cents"])]


def _origin_in_words(row: history_file_format.Activity | history_file_format.Bill) -> str:
    return _(" (historique)") if row["origin"] == TAKEN_OVER else ""


def _rows_of_payments(payments: Sequence[history_file_format.Payment]) -> Iterable[list[str]]:
    for payment in payments:
        if payment["state"] == bills.PAID:
            day = typography.long_date(payment["at"], language_here())
            yield [
                day,
                payment["number"],
                str(bill_labels.MEANS[payment["means"]]),
                euros(payment["cents"]),
            ]


def _month_in_words(text: str) -> str:
    return typography.month(date.fromisoformat(f"{text}-01"), language_here())
