"""The entry of the treatment register for what persons ask of their data, and the answers."""

from deploy.register.treatments.reads_and_corrections import roles_that_may
from shared.contracts.dossier.data_protection.person_requests import KEPT
from shared.json_values import JsonMapping
from shared.register import length_in_words
from shared.register.entitlement import PERSON_REQUESTS
from shared.register.treatments import Treatment

HOLDER = "Demandes des personnes sur leurs données"
PURPOSE = "Recevoir ces demandes, y répondre dans le mois et pouvoir le prouver"
LEGAL_BASIS = "RGPD art. 6-1-c : obligation légale (RGPD art. 12 et 15 à 22)"
PEOPLE = (
    "responsables légaux",
    "enfants",
    "anciens élèves",
    "agents",
    "toute personne qui demande",
)
CATEGORIES = (
    "nom, moyen de répondre, enfant concerné",
    "la demande, ce qui a été fait, par qui et quand, la réponse",
    "comment l’identité a été vérifiée, jamais une copie de la pièce ni son numéro",
    "sans compte : qui c’est dans les registres, et la sorte de pièce",
)
PARTNERS = "le délégué du responsable du traitement à qui la demande s’adresse, pour sa part"
SOURCE = "écrit par la personne dans son espace, ou noté par un agent du guichet"


def entries_of_person_requests(register: JsonMapping) -> list[Treatment]:
    """Give the entry, where a role of the front desk answers what persons ask."""
    roles = roles_that_may(register, PERSON_REQUESTS)
    if not roles:
        return []
    return [
        {
            "treatment": "person_requests",
            "holder": HOLDER,
            "provider": None,
            "purpose": PURPOSE,
            "legal_bases": [LEGAL_BASIS],
            "subjects": list(PEOPLE),
            "categories": list(CATEGORIES),
            "recipients": [*roles, PARTNERS],
            "retention": [
                f"{length_in_words(KEPT)} après la réponse, le refus ou le retrait"
                " (code civil, art. 2224)"
            ],
            "source": SOURCE,
        }
    ]
