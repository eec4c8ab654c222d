"""
The certificate of enrolment (L131-5 code de l'éducation) as PDF, tagged for screen readers.

Made from what was sealed on the day of the decision and from nothing that came later, dated by that
day: the same bytes each time, until it is withdrawn. Then it says so, from that moment on.
"""

import re
from datetime import date, datetime
from pathlib import Path

from services.enrolment.models import SchoolEnrolment
from services.enrolment.models.school_year.enrolments import LEFT, MISTAKE, REPLACED
from services.enrolment.school_year.enrolments.queries.enrolments import CertificateContent
from shared.contracts.enrolment.school_year.schools import MAYOR
from shared.dates.clock import PARIS
from shared.documents import lay_out_pdf
from shared.web.language import typography

TEMPLATE = Path(__file__).with_name("certificate.typ")

LEVEL_NAMES = {
    "TPS": "toute petite section",
    "PS": "petite section",
    "MS": "moyenne section",
    "GS": "grande section",
    "CP": "cours préparatoire",
    "CE1": "cours élémentaire, première année",
    "CE2": "cours élémentaire, deuxième année",
    "CM1": "cours moyen, première année",
    "CM2": "cours moyen, deuxième année",
}
WHY_WITHDRAWN = {
    REPLACED: "l’enfant est inscrit dans une autre école ou un autre niveau",
    LEFT: "l’enfant quitte les écoles de la commune",
    MISTAKE: "il contenait une erreur",
}


def certificate_pdf(row: SchoolEnrolment, content: CertificateContent) -> bytes:
    """Return the certificate of an enrolment as it is now, valid or withdrawn."""
    at = row.withdrawn_at or row.decided_at
    return lay_out_pdf(TEMPLATE, words_of_certificate(row, content), at)


def certificate_file_name_by_number(row: SchoolEnrolment) -> str:
    """Return the file name of a certificate: its number alone, no name."""
    return re.sub(r"[^\w.-]+", "-", f"certificat-inscription-{row.number}") + ".pdf"


def words_of_certificate(row: SchoolEnrolment, content: CertificateContent) -> dict[str, object]:
    """Return the words of a certificate."""
    name = f"{content['first_name']} {content['last_name'].upper()}"
    title = f"Certificat d’inscription scolaire n° {row.number}"
    return {
        "title": title,
        "author": content["controller"],
        "description": f"Inscription à l’école : {content['school']}",
        "footer": f"{content['controller']} · {title}",
        "controller": content["controller"],
        "withdrawn": _sentence_of_withdrawal(row),
        "acting": _sentence_of_signer(content),
        "basis": _sentence_of_legal_basis(content),
        "facts": [
            ["Enfant", name],
            ["Date de naissance", _day_in_words(date.fromisoformat(content["birth_date"]))],
            ["École", content["school"]],
            ["Numéro UAI", content["uai"] or "non renseigné"],
            [
                "Adresse de l’école",
                _parts_joined_or_unstated(content["school_street"], content["school_commune"]),
            ],
            ["Niveau", f"{row.level} ({LEVEL_NAMES.get(row.level, row.level)})"],
            ["Année scolaire", row.school_year],
            ["À compter du", _day_in_words(row.holds_from)],
        ],
        "next": "Présentez ce certificat à la direction de l’école, qui procède à l’admission.",
        "made": _place_of_signing_in_words(content)
        + f"le {_day_in_words(_day_in_paris(row.decided_at))}",
        "signed": [
            part for part in (content["quality"], content["delegation"], content["signer"]) if part
        ],
        "number": row.number,
    }


def _sentence_of_signer(content: CertificateContent) -> str:
    whom = "de la commune" if content["acts_as"] == MAYOR else "du groupement de communes"
    who = f"{content['quality']}, agissant au nom {whom},"
    return f"{who} certifie que l’enfant désigné ci-dessous est inscrit à l’école :"


def _sentence_of_legal_basis(content: CertificateContent) -> str:
    texts = "Vu les articles L. 131-5 et L. 212-7 du code de l’éducation"
    return f"{texts} ; vu {content['deliberation']}." if content["deliberation"] else f"{texts}."


def _sentence_of_withdrawal(row: SchoolEnrolment) -> str:
    if row.withdrawn_at is None:
        return ""
    return (
        f"Retiré le {_day_in_words(_day_in_paris(row.withdrawn_at))} (acte n° {row.number}-R) : "
        f"{WHY_WITHDRAWN[row.withdrawn_for]}. "
        "Ce certificat ne vaut plus."
    )


def _place_of_signing_in_words(content: CertificateContent) -> str:
    return f"Fait à {content['place']}, " if content["place"] else "Fait "


def _day_in_paris(moment: datetime) -> date:
    return moment.astimezone(PARIS).date()


def _day_in_words(day: date) -> str:
    return typography.long_date(day, "fr")


def _parts_joined_or_unstated(*parts: str) -> str:
    return ", ".join(part for part in parts if part) or "non renseignée"
