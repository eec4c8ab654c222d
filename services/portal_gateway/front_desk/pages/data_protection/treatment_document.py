"""The register of treatments on paper, as the CNIL asks for it: made in memory, not stored."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from shared.dates.clock import PARIS
from shared.documents import compiler_lock, lay_out_pdf
from shared.register import treatments as treatments_register
from shared.register.treatments import Fact, Treatment
from shared.web.language import typography
from shared.web.language.languages import FRENCH
from shared.web.language.typography import with_french_spaces

TEMPLATE = Path(__file__).with_name("register.typ")

HEADINGS: Mapping[Fact, str] = {
    **treatments_register.HEADINGS,
    "security": "Mesures de sécurité",
    "transfers": "Transferts hors de l’Union européenne",
}
"""The fields that article 30 asks of an entry, in its order."""


def register_pdf(treatments: Sequence[Treatment], town: str, at: datetime) -> bytes:
    """Return the register as a tagged PDF (PDF/UA-1); raises NotLaidOut."""
    day = typography.long_date(at.astimezone(PARIS).date(), FRENCH)
    heading = with_french_spaces("Registre des activités de traitement")
    data = {
        "title": heading,
        "author": town,
        "description": heading,
        "footer": with_french_spaces(f"{town}, RGPD art. 30, {day}"),
        "heading": heading,
        "day": with_french_spaces(f"{town}. État au {day}. {len(treatments)} traitements."),
        "entries": [
            _treatment_data(number, entry) for number, entry in enumerate(treatments, start=1)
        ],
    }
    with compiler_lock():
        return lay_out_pdf(TEMPLATE, data, at)


def _treatment_data(number: int, entry: Treatment) -> dict[str, object]:
    return {
        "title": f"{number}. {entry['holder']}",
        "purpose": entry["purpose"],
        "facts": [[heading, _lines_of_value(entry[key])] for key, heading in HEADINGS.items()],
    }


def _lines_of_value(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value) or ["aucun"]
