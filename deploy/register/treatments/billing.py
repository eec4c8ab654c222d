"""Billing in the treatment register: what it receives of a household, and what each régie keeps."""

from shared.json_values import JsonMapping, JsonObject
from shared.register import PES_SETTINGS, Section
from shared.register.entitlement import REGIE
from shared.register.treatments import Treatment

BILLING = "Facturation"
TO_BILL = "Dire à la facturation à qui adresser une facture, et quels enfants comptent"
TO_COLLECT = (
    "Calculer et expliquer les prix, facturer, encaisser, compter par régime les heures déclarées "
    "à la CAF"
)
PUBLIC_ACCOUNTS = "RGPD art. 6-1-c\u00a0: pièces de la comptabilité publique"
HOUSEHOLD = (
    "identité des responsables du foyer",
    "adresses du foyer, datées",
    "prénom, nom et date de naissance des enfants du foyer",
)
KEPT = (
    *HOUSEHOLD,
    "quotient familial, son origine et ses dates",
    "quantités dues, sans les raisons d’une absence",
    "prix, factures, paiements, relances",
    "si un courriel atteint le foyer (jamais l’adresse), ou s’il veut du papier",
)
PAYERS = ("responsables légaux", "enfants")
TEN_YEARS = "factures, paiements et quotients qui les justifient\u00a0: 10\u00a0ans"
UNSEEN = "le quotient et les prix ne sont vus d’aucun service, hors le régisseur pour sa régie"
SOURCE = (
    "foyer et adresse du dossier partagé\u00a0; quantités du service\u00a0; quotient dit par "
    "la famille, vu par le régisseur ou donné par sa caisse"
)
PAYFIP = (
    "PayFiP (direction générale des finances publiques)\u00a0: référence, montant, "
    "adresse électronique"
)
TO_ASK_FUNDS = "Demander à la CAF ou à la MSA le quotient d’une famille qui le veut, sans papier"
PUBLIC_TASK = "RGPD art. 6-1-e\u00a0: mission d’intérêt public"
ASKED_OF_FUNDS = (
    "état civil de qui demande\u00a0: noms, prénoms, sexe, date et lieu de naissance",
    "quotient familial, son mois, la caisse, la référence de la preuve",
)
API_PARTICULIER = "API Particulier (État), la CAF et la MSA\u00a0: l’état civil de qui demande"
WHILE_ASKED = (
    "état civil\u00a0: le temps de la demande, gardé nulle part",
    "réponse de la caisse\u00a0: un jour au plus, avant que la personne dise si elle compte\u00a0; "
    "ensuite comme tout quotient",
)
ACCOUNTANT = "comptable public"
ACCOUNTS = "coordonnées bancaires, pour qui signe un mandat de prélèvement"
NAMES = "civilité et prénom, de qui une dette part au comptable public"
BANK = "banque de la régie\u00a0: coordonnées bancaires, montant"


def entries_of_dossier_for_billing(register: JsonMapping) -> list[Treatment]:
    """Give what the shared dossier publishes to billing; nothing where no provider collects."""
    identity = next((row for row in register["sections"] if row["code"] == "identity"), None)
    if identity is None or not any(row["regies"] for row in register["providers"]):
        return []
    return [
        {
            "treatment": "billing_household",
            "provider": None,
            "purpose": TO_BILL,
            "legal_bases": [identity["legal_basis"]],
            "subjects": list(PAYERS),
            "categories": list(HOUSEHOLD),
            "recipients": [BILLING],
            "retention": [
                "tant qu’un enfant du foyer est connu\u00a0: "
                + Section(**identity).retention_in_words
            ],
        }
    ]


def entries_of_fund_quotients(register: JsonMapping) -> list[Treatment]:
    """Give what is asked of CAF and MSA, in a town whose file names API Particulier."""
    if not register["town"].get("api_particulier"):
        return []
    return [
        {
            "treatment": "fund_quotients",
            "holder": BILLING,
            "provider": None,
            "purpose": TO_ASK_FUNDS,
            "legal_bases": [PUBLIC_TASK],
            "subjects": ["responsable légal qui le demande, pour lui-même"],
            "categories": list(ASKED_OF_FUNDS),
            "recipients": [BILLING, API_PARTICULIER],
            "retention": list(WHILE_ASKED),
            "source": "la personne elle-même\u00a0; le quotient, de la CAF ou de la MSA",
        }
    ]


def entries_of_regies(provider: JsonObject, legal_basis: str) -> list[Treatment]:
    """Give the entry of what billing keeps for one provider, where it collects anything."""
    if not provider["regies"]:
        return []
    return [
        {
            "treatment": "regie",
            "holder": f"{BILLING}, pour {provider['label']}",
            "provider": provider["code"],
            "controller": provider["controller"],
            "purpose": TO_COLLECT,
            "legal_bases": [legal_basis, PUBLIC_ACCOUNTS],
            "subjects": list(PAYERS),
            "categories": _categories_of_bills(provider),
            "recipients": _recipients_of_bills(provider),
            "retention": [TEN_YEARS, UNSEEN],
            "source": SOURCE,
        }
    ]


def _categories_of_bills(provider: JsonObject) -> list[str]:
    names = [NAMES] if any(_goes_as_pes(regie) for regie in provider["regies"]) else []
    return [*KEPT, *names, *([ACCOUNTS] if _has_debits(provider) else [])]


def _recipients_of_bills(provider: JsonObject) -> list[str]:
    roles = [role["label"] for role in provider["roles"] if REGIE in role["acts"]]
    online = [PAYFIP] if any(regie["numcli"] for regie in provider["regies"]) else []
    bank = [BANK] if _has_debits(provider) else []
    return [*roles, *online, *bank, ACCOUNTANT]


def _has_debits(provider: JsonObject) -> bool:
    return any(regie.get("finance") and regie["finance"]["ics"] for regie in provider["regies"])


def _goes_as_pes(regie: JsonObject) -> bool:
    finance = regie.get("finance")
    return finance is not None and all(finance[name] for name in PES_SETTINGS)
