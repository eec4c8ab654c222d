"""French labels of corrections: what is corrected, from which paper, and why."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from services.portal_gateway.labels.corrections import FIELDS, SUBJECTS, corrected_value
from shared.contracts.dossier.corrections import (
    AUTHORITY,
    GUARDIAN_COMES,
    GUARDIAN_DIED,
    GUARDIAN_LEAVES,
    GUARDIAN_NAME,
    IDENTITY,
    SCHOOLING,
    SECONDED,
    WEEKS,
)

__all__ = [
    "FIELDS",
    "PAPERS",
    "PAPERS_OF",
    "REASONS",
    "SECONDED",
    "SUBJECTS",
    "corrected_value",
]

PAPERS: dict[str, LazyString] = {
    "family_book": _l("Livret de famille"),
    "birth_certificate": _l("Acte de naissance"),
    "identity_card": _l("Carte d’identité ou passeport"),
    "judgment": _l("Jugement"),
    "school_list": _l("Liste de l’école"),
    "school_certificate": _l("Certificat de scolarité ou de radiation"),
    "guardian_statement": _l("Écrit des deux parents"),
    "marriage_certificate": _l("Acte de mariage ou de divorce"),
    "death_certificate": _l("Acte de décès"),
}
PAPERS_OF: dict[str, tuple[str, ...]] = {
    IDENTITY: ("family_book", "birth_certificate", "identity_card", "judgment"),
    SCHOOLING: ("school_list", "school_certificate", "guardian_statement"),
    AUTHORITY: ("judgment", "family_book", "birth_certificate"),
    GUARDIAN_NAME: ("identity_card", "marriage_certificate", "family_book", "judgment"),
    GUARDIAN_COMES: ("judgment", "family_book", "birth_certificate", "guardian_statement"),
    GUARDIAN_LEAVES: ("judgment", "guardian_statement"),
    GUARDIAN_DIED: ("death_certificate", "family_book"),
    WEEKS: ("judgment", "guardian_statement"),
}
REASONS: dict[str, LazyString] = {
    "mistake": _l("C’était mal écrit"),
    "change": _l("Cela a changé"),
    "ruling": _l("Une décision de justice"),
}
