"""
Letters of access on paper: a page for each guardian, made in memory and not stored.

They are in French, whatever language the agent reads. They contain nothing about a child or about
the other addressees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from shared.contracts.dossier.families.imports import AddressedGuardian
from shared.contracts.identity.invitations import LETTER_DAYS
from shared.dates.clock import today
from shared.documents import compiler_lock, lay_out_pdf
from shared.documents.qr_code import qr_code
from shared.register import Snapshot
from shared.web.language import typography
from shared.web.language.languages import FRENCH
from shared.web.language.typography import with_french_spaces

ACTIVATION = "/activation"
HAS_CODE = "J’ai reçu un code"
"""Words of the link to it on the first page and on that of signing in."""

TEMPLATE = Path(__file__).with_name("access_letter.typ")


@dataclass(frozen=True)
class Access:
    """Login and code that a letter contains."""

    login: str
    code: str
    expires_at: datetime


@dataclass(frozen=True)
class Sender:
    """Sender of the letters, and the address of the families' portal."""

    register: Snapshot
    portal: str


def check_layout(people: Sequence[AddressedGuardian], sender: Sender, at: datetime) -> None:
    """
    Lay the letters out without access codes; raises NotLaidOut before any guardian is invited.
    """
    nothing = Access("-", "-", at + timedelta(days=LETTER_DAYS))
    letters_pdf(people, {person["guardian_id"]: nothing for person in people}, sender, at)


def letters_pdf(
    people: Sequence[AddressedGuardian], given: Mapping[str, Access], sender: Sender, at: datetime
) -> bytes:
    """Return the letters in the order of these people, tagged (PDF/UA-1)."""
    with compiler_lock():
        return lay_out_pdf(TEMPLATE, _template_data(people, given, sender), at)


def _template_data(
    people: Sequence[AddressedGuardian], given: Mapping[str, Access], sender: Sender
) -> dict[str, object]:
    town, desk = sender.register.town, sender.register.front_desk
    phone, hours = typography.phone_number(town.help_phone), with_french_spaces(town.help_hours)
    heading = with_french_spaces("Votre accès à l’espace des familles")
    return {
        "title": heading,
        "author": town.name,
        "description": heading,
        "footer": "",
        "heading": heading,
        "service": desk.label if desk else "",
        "help": [f"Aide\u00a0: {phone}", hours, typography.long_date(today(), FRENCH)],
        "what": [
            with_french_spaces(
                "Madame, Monsieur, la ville a repris les dossiers des familles de son ancien "
                "logiciel. Vous pouvez maintenant suivre le vôtre sur un seul site : inscriptions, "
                "réservations, absences, factures et messages de tous les services."
            ),
        ],
        "steps": [
            with_french_spaces(
                "Visez le carré avec l’appareil photo de votre téléphone : le code s’écrit tout "
                f"seul. Ou ouvrez ce site, choisissez « {HAS_CODE} » et écrivez le code."
            ),
            with_french_spaces("Choisissez votre mot de passe."),
            with_french_spaces(
                "Ensuite, connectez-vous avec votre identifiant et ce mot de passe."
            ),
        ],
        "notes": [
            with_french_spaces(
                "Chaque parent a son propre accès. Ce code est pour vous seul : ne le donnez à "
                "personne, pas même à un agent de la ville."
            ),
            with_french_spaces(
                f"Une question, ou le code ne sert plus ? Appelez le {phone} ({hours}), ou venez "
                "au guichet avec une pièce d’identité. Si cette lettre n’est pas pour vous, "
                "rapportez-la : personne d’autre ne doit utiliser le code."
            ),
        ],
        "qr_alt": with_french_spaces("Code QR : où choisir votre mot de passe, code compris"),
        "letters": [
            _letter(person, given[person["guardian_id"]], sender.portal) for person in people
        ],
    }


def _letter(person: AddressedGuardian, access: Access, portal: str) -> dict[str, object]:
    until = typography.long_date(access.expires_at - timedelta(days=1), FRENCH)
    return {
        "address": [person["name"], *person["lines"]],
        "access": [
            ["Adresse du site", portal],
            ["Votre identifiant", access.login],
            ["Votre code", access.code],
        ],
        "until": ["Valable", f"une seule fois, jusqu’au {until} inclus"],
        "qr": qr_code(activation_address(portal, access.code)),
    }


def activation_address(portal: str, code: str) -> str:
    """
    Return where a password is chosen with this code.

    The code follows the `#`: a browser sends that part to no server, so that no log holds it.
    """
    return f"{portal.rstrip('/')}{ACTIVATION}#code={code}"
