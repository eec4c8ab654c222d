"""
Labels of codes on a family's page. Sentences are marked for gettext and translated when shown.

Labels of sections, providers and roles come from the town's register; here is only what every
town says alike.
"""

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from shared.contracts.sections import FILLED_BY_GUARDIANS, READ_BY_FAMILIES, SECTIONS
from shared.contracts.sections.papers import KINDS as PAPER_KINDS
from shared.contracts.sections.section import Field, Part, Rows
from shared.contracts.values import ARRIVAL
from shared.register import ProviderNotFound, Register
from shared.register.retention import ACTIVITIES, CONVERSATIONS
from shared.web.language.languages import text_of_town
from shared.web.language.section_labels import lazy_labels
from shared.web.language.typography import without_capital

SECTION_AT = {section.slug: section.code for section in FILLED_BY_GUARDIANS}
"""Sections that a guardian fills, as addresses name them, in the order of the child's page."""

PROJECTIONS = lazy_labels({projection.code: projection.label for projection in READ_BY_FAMILIES})
"""Labels of projections, in the order in which a family reads them."""

AT_FRONT_DESK: dict[str, LazyString] = {
    "names": _l("Nom, date de naissance et commune, dans une recherche"),
    "household": _l("Parents, enfants et rubriques remplies"),
    "address": _l("Vos noms et l’adresse du foyer"),
    "seen_home": _l("La page d’accueil de votre espace"),
    "seen_week": _l("La semaine et les réservations"),
    "seen_children": _l("Les pages de l’enfant, sans la santé"),
    "seen_activities": _l("Les activités et vos demandes"),
    "seen_bills": _l("Les factures, les prix et le quotient"),
    "seen_address": _l("L’adresse du foyer"),
    "seen_news": _l("Les notifications"),
}
ARRIVALS: dict[str, LazyString] = {ARRIVAL: _l("Dossier repris de l’ancien logiciel")}
READ_PARTS = PROJECTIONS | AT_FRONT_DESK | ARRIVALS
"""Parts that may be read: at a provider's desk, at the town's front desk, by operations."""

CHANGED_BY: dict[str, LazyString] = {
    "you": _l("par vous"),
    "guardian": _l("par un autre responsable"),
    "town": _l("par la ville"),
    "imported": _l("depuis l’ancien logiciel"),
}
ORIGINS: dict[str, LazyString] = {
    "guardian_request": _l("à votre demande"),
    "school_list": _l("par la liste de l’école"),
    "imported": _l("repris de l’ancien logiciel"),
    "operator_change": _l("par un changement de délégataire"),
}
PURPOSES: dict[str, LazyString] = {
    "emergency": _l("urgence"),
    "at_front_desk": _l("pour vous recevoir au guichet"),
    "access_letter": _l("pour vous écrire votre code d’accès"),
    "breach_letter": _l("pour vous écrire après une violation de données"),
    "guarding": _l("pour la protection de votre foyer"),
    "accompanied": _l("avec vous, pendant une session accompagnée"),
    "list_file": _l("pour une liste emportée en fichier"),
    "paper_check": _l("pour ouvrir le papier et le vérifier"),
    ARRIVAL: _l("pour reprendre les dossiers de l’ancien logiciel"),
}
"""Purposes that are no ordinary work; others read as what the provider receives the data for."""

UNKNOWN_PURPOSE = _l("pour le service")


def field_label(section: str, name: str) -> str:
    """Name a field by its flat name: « Personne 2, téléphone »."""
    head, *rest = name.split("-")
    for part in SECTIONS[section].form:
        match part:
            case Rows(name=code) if code == head and rest:
                row = f"{gettext(part.label)}\u00a0{int(rest[0]) + 1}"
                columns = {
                    column.name: gettext(column.label_when_not_asked) for column in part.columns
                }
                return ", ".join([row, *(columns.get(column, column) for column in rest[1:])])
            case Part(name=code) if code == head and rest:
                return next(
                    (gettext(f.label_when_not_asked) for f in part.fields if f.name == rest[-1]), ""
                )
            case Part() if head in (part.asked.name, part.dropped.name):
                return gettext(part.asked.label_when_not_asked)
            case Rows() if part.name == head:
                return gettext(part.label)
            case Field() if part.name == head:
                return gettext(part.label_when_not_asked)
    return ""


KEPT_BY_PROVIDERS = {
    ACTIVITIES: _l("Places, réservations, pointages et inscriptions à l’école"),
    CONVERSATIONS: _l("Conversations avec les services"),
}


def section_label(register: Register, section: str) -> str:
    """
    Return what the town calls a section, in the language of the page where it has a name; or what
    providers keep beside sections.
    """
    if section in KEPT_BY_PROVIDERS:
        return str(KEPT_BY_PROVIDERS[section])
    row = next((row for row in register.now.sections if row.code == section), None)
    return text_of_town(row, "label") if row else gettext(SECTIONS[section].label)


def role_label(register: Register, provider: str, role: str) -> str:
    """Return what a provider calls a function; one that is gone has no name."""
    try:
        named = register.office(provider).role(role)
    except ProviderNotFound:
        return ""
    return named.label if named else ""


def purpose_label(register: Register, provider: str, projection: str, purpose: str) -> str:
    """Return why something was read; ordinary work is said in the town's own words."""
    if not is_purpose_of_town(purpose):
        return str(PURPOSES[purpose])
    town_purpose = purpose_of_projection(register, provider, projection)
    return without_capital(town_purpose) if town_purpose else str(UNKNOWN_PURPOSE)


def is_purpose_of_town(purpose: str) -> bool:
    """Say whether something was read for ordinary work, which the town's own words name."""
    return purpose not in PURPOSES


def purpose_of_projection(register: Register, provider: str, projection: str) -> str:
    """Return what a provider receives a projection for, in the town's words."""
    rows = (
        row.purpose
        for row in register.now.entitlements
        if row.provider == provider and row.projection == projection
    )
    return next(rows, "")


NEEDS: dict[str, LazyString] = {
    "child_identity": _l("un document où figure l’identité de l’enfant"),
    "guardian_identity": _l("un document où figure votre identité"),
    "domicile": _l("un justificatif de domicile, sous toute forme"),
    **lazy_labels({each.code: each.needed_as for each in SECTIONS.values() if each.needed_as}),
    **lazy_labels({kind.code: kind.needed_as for kind in PAPER_KINDS.values()}),
    "address": _l("votre adresse"),
    "commune": _l("votre commune"),
    "identity_check": _l("votre identité, à vérifier une fois au guichet"),
    "link_check": _l("votre lien avec l’enfant, à vérifier une fois au guichet"),
}
"""Missing parts of a dossier (shared/register/completeness.py), as they end « Il manque… »."""
