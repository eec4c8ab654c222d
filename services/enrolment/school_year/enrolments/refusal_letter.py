"""
The letter of a refused waiver as PDF: reason, ways and time of appeal; the same bytes each time.

The mayor acts for the commune where areas are at stake (CE, 8 December 2023), the president for the
communes that have the competence: the appeal goes to whoever signs, and to the court, within two
months (R421-1 code de justice administrative).
"""

from datetime import date
from pathlib import Path

from services.enrolment.models import SchoolWaiver
from services.enrolment.models.school_year.enrolments import NO_PLACE, NOT_A_MOTIVE, NOT_PROVEN
from services.enrolment.school_year.enrolments.queries.catchment_waivers import (
    RefusalContent,
    WaiverContent,
)
from shared.dates.clock import PARIS
from shared.documents import lay_out_pdf
from shared.web.language import typography

LETTER_NAME = "refus-derogation.pdf"
TEMPLATE = Path(__file__).with_name("refusal_letter.typ")

REASONS = {
    NO_PLACE: "il ne reste pas de place à ce niveau dans cette école",
    NOT_PROVEN: "aucune pièce ne montre le motif qui est donné",
    NOT_A_MOTIVE: "le motif qui est donné n’est pas de ceux que prévoient les textes ci-dessus",
}


def refusal_letter(row: SchoolWaiver, content: WaiverContent) -> bytes:
    """Return the letter of a refused waiver; raises ValueError for another one."""
    letter = content["letter"]
    if letter is None or row.decided_at is None:
        raise ValueError("not refused")
    return lay_out_pdf(TEMPLATE, words_of_letter(row, content["school"], letter), row.decided_at)


def words_of_letter(row: SchoolWaiver, school: str, letter: RefusalContent) -> dict[str, object]:
    """Return the words of a letter."""
    decided = row.decided_at.astimezone(PARIS).date() if row.decided_at else date.min
    day = typography.long_date(decided, "fr")
    born = typography.long_date(date.fromisoformat(letter["birth_date"]), "fr")
    name = f"{letter['first_name']} {letter['last_name'].upper()}"
    inside = row.school_id is not None
    texts = "L. 131-5 et L. 212-7" if inside else "L. 212-8 et R. 212-21"
    basis = f"Vu les articles {texts} du code de l’éducation"
    if inside and letter["deliberation"]:
        basis += f" ; vu {letter['deliberation']}"
    return {
        "title": "Refus d’une dérogation scolaire",
        "author": letter["controller"],
        "description": "Décision de refus, avec son motif et les voies de recours",
        "footer": letter["controller"],
        "controller": letter["controller"],
        "address": [f"Aux responsables de l’enfant {name}", *letter["address"].split(", ", 1)],
        "basis": f"{basis}.",
        "decision": f"La dérogation demandée pour {name}, naissance le {born}, "
        f"vers {school}, est refusée.",
        "reason": f"Motif : {REASONS[row.refused_for]}.",
        "appeals": [
            "Vous pouvez contester cette décision dans les deux mois qui suivent le jour où vous "
            "l’avez reçue :",
            f"par un recours gracieux, écrit à l’autorité qui l’a prise : {letter['quality']}, "
            f"{letter['appeal_address']} ; le silence gardé deux mois vaut refus, et ouvre de "
            "nouveau deux mois pour saisir le tribunal ;",
            f"par un recours devant le {letter['court']}, aussi sur www.telerecours.fr.",
        ],
        "made": f"Fait à {letter['place']}, le {day}" if letter["place"] else f"Le {day}",
        "signed": [
            line for line in (letter["quality"], letter["delegation"], letter["signer"]) if line
        ],
    }
