"""
Letters of a breach on paper, with what article 34 asks: made in memory, not stored.

They are in French, and all say the same. They name no child, and say what the service had of any:
what it had of one is not for whoever opens the envelope.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from services.portal_gateway.front_desk.breaches.rules import BreachDetails
from services.portal_gateway.front_desk.pages.data_protection import breach_forms as forms
from shared.contracts.dossier.data_protection.breach_letters import BreachLetter
from shared.contracts.sections import PROJECTIONS
from shared.dates.clock import PARIS
from shared.documents import compiler_lock, lay_out_pdf
from shared.register import Register
from shared.web.language import typography
from shared.web.language.languages import FRENCH
from shared.web.language.typography import name_with_de, with_french_spaces

TEMPLATE = Path(__file__).with_name("breach_letter.typ")
HEADING = "Une violation de données vous concerne"
CNIL = "la CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris cedex 07, cnil.fr/plaintes"

Parts = list[tuple[str, list[str]]]


def letter_parts(details: BreachDetails, register: Register) -> Parts:
    """Return what a letter says, by heading: also what the page shows before it is printed."""
    controller = register.controller_of(forms.provider_code_of(details.service) or "")
    held = [PROJECTIONS[code].held_as for code in forms.breach_scope_of(details).projections]
    town = register.now.town
    phone, hours = typography.phone_number(town.help_phone), town.help_hours
    return [
        ("Ce qui s’est passé", _paragraphs_of_text(details.texts["nature"])),
        *(
            [("Ce que le service a, selon les enfants", [_held_data_in_words(held)])]
            if held
            else []
        ),
        ("Ce que cela peut entraîner", _paragraphs_of_text(details.texts["consequences"])),
        ("Ce qui est fait", _paragraphs_of_text(details.texts["measures"])),
        (
            "À qui vous adresser",
            [
                f"Le délégué à la protection des données {name_with_de(controller.name)} répond à "
                f"vos questions : {controller.dpo}. Par téléphone : {phone}, {hours}.",
                f"Vous pouvez aussi vous plaindre à {CNIL}.",
            ],
        ),
    ]


def opening_sentences(details: BreachDetails) -> str:
    """Return the first sentences of a letter."""
    since, until = (_moment_in_words(each) for each in (details.since, details.until))
    where = (
        "aux services de la ville qui ont les dossiers de toutes les familles"
        if details.service == forms.ALL_FAMILIES
        else f"à ce service : {forms.office_label(details.service)}"
    )
    return (
        f"Madame, Monsieur, des données ont été en danger, {where}, du {since} au {until}. "
        "Celles de votre foyer en faisaient partie, ou ont pu en faire partie. Le règlement sur la "
        "protection des données (article 34) veut que vous le sachiez."
    )


def letters_pdf(
    letters: Sequence[BreachLetter], details: BreachDetails, register: Register, at: datetime
) -> bytes:
    """Return these letters in their order, tagged (PDF/UA-1); raises NotLaidOut."""
    desk, town = register.now.front_desk, register.now.town
    data = {
        "title": HEADING,
        "author": town.name,
        "description": HEADING,
        "footer": "",
        "heading": HEADING,
        "service": desk.label if desk else "",
        "help": [typography.long_date(at, FRENCH)],
        "what": [with_french_spaces(opening_sentences(details))],
        "parts": [
            {"title": title, "lines": [with_french_spaces(each) for each in lines]}
            for title, lines in letter_parts(details, register)
        ],
        "letters": [{"address": [*each["names"], *each["lines"]]} for each in letters],
    }
    with compiler_lock():
        return lay_out_pdf(TEMPLATE, data, at)


def _held_data_in_words(held: Sequence[str]) -> str:
    words = "\u00a0; ".join(held)
    return f"{words[:1].upper()}{words[1:]}."


def _paragraphs_of_text(typed: str) -> list[str]:
    return [line.strip() for line in typed.splitlines() if line.strip()]


def _moment_in_words(moment: datetime) -> str:
    return f"{typography.long_date(moment, FRENCH)} à {typography.hour(moment.astimezone(PARIS))}"
