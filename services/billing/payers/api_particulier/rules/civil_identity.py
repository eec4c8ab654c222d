"""Civil identity of who asks: parameters of API Particulier, and whether it is who signed in."""

from collections.abc import Mapping

from shared.contracts.billing.prices.fund_quotients import FRANCE, CivilIdentity
from shared.text.personal_names import is_known_by_typed_names

FIELD_OF_PARAMETER: Mapping[str, str] = {
    "nomNaissance": "birth_name",
    "nomUsage": "use_name",
    "prenoms": "first_names",
    "sexeEtatCivil": "sex",
    "anneeDateNaissance": "born_on",
    "moisDateNaissance": "born_on",
    "jourDateNaissance": "born_on",
    "codeCogInseePaysNaissance": "country",
    "nomCommuneNaissance": "commune",
    "codeCogInseeCommuneNaissance": "commune",
    "codeCogInseeDepartementNaissance": "department",
}


def parameters_of_identity(identity: CivilIdentity, siret: str) -> list[tuple[str, str]]:
    """Return the parameters of a request in the name of the town of that SIRET."""
    day = identity["born_on"]
    asked = [
        ("recipient", siret),
        ("nomNaissance", identity["birth_name"]),
        *(("prenoms[]", name) for name in identity["first_names"]),
        ("sexeEtatCivil", identity["sex"]),
        ("anneeDateNaissance", str(day.year)),
        ("moisDateNaissance", str(day.month)),
        ("jourDateNaissance", str(day.day)),
        ("codeCogInseePaysNaissance", identity["country"]),
    ]
    if identity["use_name"] and identity["use_name"] != identity["birth_name"]:
        asked.append(("nomUsage", identity["use_name"]))
    if identity["country"] == FRANCE:  # who was born abroad has no commune there
        asked.append(("nomCommuneNaissance", identity["commune"]))
        asked.append(("codeCogInseeDepartementNaissance", identity["department"]))
    return asked


def is_identity_of(known_name: str, identity: CivilIdentity) -> bool:
    """
    Say whether an identity bears the name of a guardian as the town knows it.

    Nobody learns here what a fund says of somebody else, by what is known of them. A birth name
    that the town does not know needs the name of use that it knows, and always the first first
    name: Jean Martin is no « Marie Jean Durand, épouse Martin ».
    """
    birth, use = identity["birth_name"], identity["use_name"]
    families = (birth, use, f"{birth} {use}")
    return is_known_by_typed_names(known_name, identity["first_names"], families)
