"""The entry of the treatment register for what families and one provider write to each other."""

from shared.json_values import JsonObject
from shared.register import Conversations, length_in_words
from shared.register.entitlement import CONVERSATIONS
from shared.register.treatments import Treatment

PEOPLE = ("responsables légaux", "enfants", "agents qui répondent")
KEPT = ("messages, pièces jointes, objet et date, qui les lit", "informations à plusieurs familles")
SOURCE = "écrit par les responsables légaux et par les agents du service"


def entries_of_conversations(
    provider: JsonObject, rule: Conversations, legal_basis: str
) -> list[Treatment]:
    """Give the entry, where a function of the provider may read what families write."""
    roles = [role["label"] for role in provider["roles"] if CONVERSATIONS in role["acts"]]
    if not roles:
        return []
    return [
        {
            "treatment": "conversations",
            "holder": provider["label"],
            "provider": provider["code"],
            "controller": provider["controller"],
            "purpose": rule.purpose,
            "legal_bases": [legal_basis],
            "subjects": list(PEOPLE),
            "categories": list(KEPT),
            "recipients": roles,
            "retention": [
                f"{length_in_words(rule.retention)} après la fin du lien, ou après l’envoi"
            ],
            "source": SOURCE,
        }
    ]
