"""The entry of the treatment register for what the data protection office approved or refused."""

from collections.abc import Mapping
from typing import Any

from shared.register.entitlement import PERSON_REQUESTS

Row = dict[str, Any]


def entries_of_approvals(register: Mapping[str, Any]) -> list[Row]:
    """Give the entry, where a role of the front desk answers for data protection."""
    desk = register.get("front_desk") or {"roles": []}
    roles = [role["label"] for role in desk["roles"] if PERSON_REQUESTS in role["acts"]]
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
