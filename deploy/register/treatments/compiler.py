"""
Compiler of the treatment register (GDPR, article 30), derived from the register alone.

One entry per provider and purpose, one per purpose of the shared dossier, one for each other thing
that a service keeps of persons (a test says which table belongs to which). In French: it is
the paper that the DPO keeps and the CNIL asks for.
"""

from collections.abc import Iterable

from deploy.register.town_file.town import Town
from deploy.register.treatments.accessibility_reports import entries_of_barriers
from deploy.register.treatments.accounts import entries_of_accounts
from deploy.register.treatments.alerts import entries_of_alerts
from deploy.register.treatments.billing import (
    entries_of_dossier_for_billing,
    entries_of_fund_quotients,
    entries_of_regies,
)
from deploy.register.treatments.conversations import entries_of_conversations
from deploy.register.treatments.data_protection import entries_of_approvals, entries_of_breaches
from deploy.register.treatments.person_requests import entries_of_person_requests
from deploy.register.treatments.places_and_attendance import entries_of_daily_work
from deploy.register.treatments.reads_and_corrections import entries_of_reads_and_corrections
from deploy.register.treatments.security_measures import with_security_measures
from shared.contracts.sections import PROJECTIONS
from shared.json_values import JsonMapping, JsonObject
from shared.register import Section
from shared.register.entitlement import FED_BY
from shared.register.treatments import HEADINGS, Treatment

FROM_FAMILIES = "déclaré une seule fois par les responsables légaux, ou constaté à un guichet"
FROM_DOSSIER = "reçu du dossier partagé, à chaque changement"
WHILE_LINKED = (
    "tant que le lien dure\u00a0; à sa fin la copie est effacée et un reçu le dit, "
    "jamais avant 24\u00a0heures après la dernière séance"
)
ON_OCCASION = "du troisième jour avant la séance où l’on mange au lendemain de celle-ci"
ON_REQUEST = "jusqu’au jour que le responsable choisit, un an au plus, ou jusqu’à ce qu’il l’arrête"
SHARED_DOSSIER = "Dossier partagé de l’enfant"
SUBJECTS = ("enfants", "responsables légaux", "personnes à appeler ou à qui remettre l’enfant")


def treatment_entries(register: JsonMapping, town: Town) -> list[Treatment]:
    """Give the entries: those of the shared dossier first, then those of each provider."""
    providers = {provider.code: provider for provider in town.providers}
    held = [entry for row in register["providers"] for entry in _entries_of_provider(row, register)]
    for row in register["providers"]:
        legal_basis = providers[row["code"]].legal_basis
        if not row["cooks"]:  # a caterer has no child, and no family writes to it
            held += entries_of_daily_work(row, legal_basis, town.activity_retention)
            held += entries_of_conversations(row, town.conversations, legal_basis)
        held += entries_of_regies(row, legal_basis)
    for entry in held:
        entry["dpo"] = providers[entry["provider"] or ""].dpo
    shared = [
        *_entries_of_dossier(register),
        *_entries_for_billing(register),
        *entries_of_fund_quotients(register),
        *entries_of_person_requests(register),
        *entries_of_reads_and_corrections(register),
        *entries_of_accounts(register),
        *entries_of_barriers(register),
        *entries_of_breaches(register),
        *entries_of_approvals(register),
        *entries_of_alerts(),
    ]
    for entry in shared:
        entry |= {"controller": town.controller, "dpo": town.dpo}
    return [
        with_security_measures(_with_joint_controllers(entry, register, town), town)
        for entry in [*shared, *held]
    ]


def entries_as_text(entries: Iterable[Treatment]) -> str:
    """Lay the entries out for a reader, one after the other."""
    return "\n".join(_entry_as_text(number, entry) for number, entry in enumerate(entries, 1))


def _entry_as_text(number: int, entry: Treatment) -> str:
    lines = [f"{number}. {entry['holder']}\u00a0: {entry['purpose']}"]
    for key, heading in HEADINGS.items():
        value = entry[key]
        text = value if isinstance(value, str) else "\u00a0; ".join(value) or "aucun"
        lines.append(f"   {heading}\u00a0: {text}")
    return "\n".join(lines) + "\n"


def _entries_of_provider(provider: JsonObject, register: JsonMapping) -> list[Treatment]:
    rows = [row for row in register["entitlements"] if row["provider"] == provider["code"]]
    return [
        {
            "treatment": "provider",
            "holder": provider["label"],
            "provider": provider["code"],
            "controller": provider["controller"],
            "purpose": purpose,
            "legal_bases": _distinct(row["legal_basis"] for row in same),
            "subjects": list(SUBJECTS),
            "categories": [PROJECTIONS[row["projection"]].held_as for row in same],
            "recipients": _roles_that_see({row["projection"] for row in same}, provider),
            "retention": _distinct(
                ON_REQUEST
                if row["on_request"]
                else ON_OCCASION
                if row["on_occasion"]
                else WHILE_LINKED
                for row in same
            ),
            "source": FROM_DOSSIER,
        }
        for purpose, same in _rows_by_purpose(rows).items()
    ]


def _entries_of_dossier(register: JsonMapping) -> list[Treatment]:
    return [
        {
            "treatment": "dossier",
            "holder": SHARED_DOSSIER,
            "provider": None,
            "purpose": purpose,
            "legal_bases": _distinct(section["legal_basis"] for section in same),
            "subjects": list(SUBJECTS),
            "categories": [section["label"] for section in same],
            "recipients": _providers_fed_by_sections(
                {section["code"] for section in same}, register
            ),
            "retention": [_retention_of_section(section) for section in same],
            "source": FROM_FAMILIES,
        }
        for purpose, same in _rows_by_purpose(register["sections"]).items()
    ]


def _entries_for_billing(register: JsonMapping) -> list[Treatment]:
    shared: Treatment = {"holder": SHARED_DOSSIER, "source": FROM_FAMILIES}
    return [shared | entry for entry in entries_of_dossier_for_billing(register)]


def _with_joint_controllers(entry: Treatment, register: JsonMapping, town: Town) -> Treatment:
    """Name those who answer for the shared dossier together with this one (article 26)."""
    everybody = [town.controller, *(row["controller"] for row in register["providers"])]
    others = [name for name in _distinct(everybody) if name != entry["controller"]]
    return entry | {"joint_controllers": others}


def _roles_that_see(projections: set[str], provider: JsonObject) -> list[str]:
    return [role["label"] for role in provider["roles"] if projections & set(role["projections"])]


def _providers_fed_by_sections(sections: set[str], register: JsonMapping) -> list[str]:
    fed = {
        row["provider"]
        for row in register["entitlements"]
        if sections & set(FED_BY[row["projection"]])
    }
    return [provider["label"] for provider in register["providers"] if provider["code"] in fed]


def _retention_of_section(section: JsonObject) -> str:
    return f"{section['label']}\u00a0: {Section(**section).retention_in_words}"


def _rows_by_purpose(rows: Iterable[JsonObject]) -> dict[str, list[JsonObject]]:
    grouped: dict[str, list[JsonObject]] = {}
    for row in rows:
        grouped.setdefault(row["purpose"], []).append(row)
    return grouped


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
