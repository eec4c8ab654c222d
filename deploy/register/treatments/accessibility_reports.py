"""The entry of the treatment register for barriers reported at the portal."""

from deploy.register.treatments.reads_and_corrections import roles_that_may
from shared.json_values import JsonMapping
from shared.register.entitlement import CHECK_DOSSIERS
from shared.register.treatments import Treatment

HOLDER = "Obstacles signalés sur les pages des familles"
PURPOSE = "Aider qui ne peut pas se servir d’une page, et la corriger"
LEGAL_BASIS = "RGPD art. 6-1-c\u00a0: obligation légale (loi n°\u00a02005-102, art. 47)"
CATEGORIES = ("ce que la personne écrit, la page, un moyen de lui répondre si elle en laisse un",)
RETENTION = "1\u00a0mois après la réponse, 1\u00a0an au plus"


def entries_of_barriers(register: JsonMapping) -> list[Treatment]:
    """Give the entry, where a role of the front desk reads what is reported."""
    roles = roles_that_may(register, CHECK_DOSSIERS)
    if not roles:
        return []
    return [
        {
            "treatment": "barriers",
            "holder": HOLDER,
            "provider": None,
            "purpose": PURPOSE,
            "legal_bases": [LEGAL_BASIS],
            "subjects": ["toute personne qui le signale"],
            "categories": list(CATEGORIES),
            "recipients": roles,
            "retention": [RETENTION],
            "source": "écrit par la personne, sans compte",
        }
    ]
