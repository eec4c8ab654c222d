"""Entries of the treatment register for the office: breaches (GDPR, article 33) and approvals."""

from deploy.register.treatments.reads_and_corrections import roles_that_may
from shared.json_values import JsonMapping
from shared.register.entitlement import PERSON_REQUESTS
from shared.register.treatments import Treatment

HOLDER = "Violations de données"
PURPOSE = "Documenter chaque violation, la déclarer dans les 72 heures, prévenir les foyers"
LEGAL_BASIS = "RGPD art. 6-1-c\u00a0: obligation légale (RGPD art. 33 et 34)"
CATEGORIES = (
    "ce qui s’est passé, le service, la période, le nombre de foyers, les mesures prises",
    "quel agent l’a noté et close",
)
RETENTION = "5\u00a0ans après la clôture"


def entries_of_breaches(register: JsonMapping) -> list[Treatment]:
    """Give the entry, where a role of the front desk answers for data protection."""
    roles = roles_that_may(register, PERSON_REQUESTS)
    if not roles:
        return []
    return [
        {
            "treatment": "breaches",
            "holder": HOLDER,
            "provider": None,
            "purpose": PURPOSE,
            "legal_bases": [LEGAL_BASIS],
            "subjects": ["agents"],
            "categories": list(CATEGORIES),
            "recipients": [*roles, "CNIL, pour ce qui lui est déclaré"],
            "retention": [RETENTION],
            "source": "écrit par le délégué ou son équipe\u00a0; foyers comptés par le dossier",
        }
    ]


def entries_of_approvals(register: JsonMapping) -> list[Treatment]:
    """Give the entry, where a role of the front desk answers for data protection."""
    roles = roles_that_may(register, PERSON_REQUESTS)
    if not roles:
        return []
    return [
        {
            "treatment": "approvals",
            "holder": "Élargissements des habilitations",
            "provider": None,
            "purpose": "N’élargir ce qu’un service sait qu’après accord du délégué, et le prouver",
            "legal_bases": ["RGPD art. 6-1-c\u00a0: obligation légale (RGPD art. 5-2 et 39)"],
            "subjects": ["agents"],
            "categories": ["ce qui est demandé", "qui l’a approuvé ou refusé, quand, pourquoi"],
            "recipients": [*roles, "service informatique"],
            "retention": ["5\u00a0ans après la demande", "la ligne signée\u00a0: sans limite"],
            "source": "fichier de la ville\u00a0; décidé par le délégué ou son équipe",
        }
    ]
