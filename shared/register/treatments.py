"""Entries of the treatment register (GDPR, article 30), as `deploy` derives them and pages read."""

from collections.abc import Mapping
from typing import Literal, TypedDict

Fact = Literal[
    "controller",
    "joint_controllers",
    "dpo",
    "legal_bases",
    "subjects",
    "categories",
    "recipients",
    "retention",
    "source",
    "security",
    "processors",
    "transfers",
    "dpia",
]
"""Fields that a paper shows of a treatment under its name and purpose."""

HEADINGS: Mapping[Fact, str] = {
    "controller": "Responsable du traitement",
    "joint_controllers": "Responsables conjoints",
    "dpo": "Délégué à la protection des données",
    "legal_bases": "Base légale",
    "subjects": "Personnes concernées",
    "categories": "Données",
    "recipients": "Destinataires",
    "retention": "Conservation",
    "source": "Source",
    "security": "Sécurité",
    "processors": "Sous-traitants",
    "transfers": "Transferts",
    "dpia": "Analyse d’impact",
}


class Treatment(TypedDict, total=False):
    """
    An entry; `provider` is a code, None where the town itself holds the data.

    Fields are missing only while it is put together: what its service says of it comes first, then
    who answers for it.
    """

    treatment: str
    holder: str
    provider: str | None
    controller: str
    joint_controllers: list[str]
    dpo: str
    purpose: str
    legal_bases: list[str]
    subjects: list[str]
    categories: list[str]
    recipients: list[str]
    retention: list[str]
    source: str
    security: list[str]
    processors: list[str]
    transfers: list[str]
    dpia: str
