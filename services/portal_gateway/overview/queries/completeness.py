"""
Sections that an activity still needs of a child's dossier, shown with its place.

Today: the sections that its provider receives and that were never filled. Further needs of an
activity are added here, for every page that shows them.
"""

from dataclasses import dataclass
from datetime import date

from services.portal_gateway.labels import dossier as record_labels
from services.portal_gateway.session.queries.children import Child
from services.portal_gateway.sharing.labels.recipients import projections_of_section
from shared.contracts.dossier.guardians import CompletenessAnswer
from shared.contracts.sections import FILLED_BY_GUARDIANS, SECTIONS
from shared.register import Register
from shared.register.completeness import KEPT, is_section_asked, needs_of_activity
from shared.register.entitlement import Activity


@dataclass(frozen=True)
class MissingSection:
    """One thing to be filled: its name and, as addresses name it, the page that takes it."""

    label: str
    slug: str


def sections_asked(register: Register, child: Child) -> list[str]:
    """Return the sections that a child's services ask for, in the order of its page."""
    activities = _activities_of_childs_providers(register, child)
    return [
        section.code
        for section in FILLED_BY_GUARDIANS
        if is_section_asked(section.code, activities)
    ]


def activities_asking_for(register: Register, child: Child, section: str) -> list[str]:
    """Return the activities of a child's services that ask for a section; none where all do."""
    if not SECTIONS[section].asked_by:
        return []
    activities = _activities_of_childs_providers(register, child)
    return [activity.label for activity in activities if is_section_asked(section, [activity])]


def sections_to_fill(child: Child) -> list[str]:
    """
    Return the sections that every family is asked for and that were never filled.

    None for a child whom no service follows, as after a departure: nobody would receive them.
    A section that some activities ask for is named on the child's page with them: here only the
    services of the child are known, and a child at judo need not be able to swim.
    """
    missing = child.missing if child.providers else ()
    return [code for code in missing if not SECTIONS[code].asked_by]


def missing_sections_of(
    register: Register, child: Child, provider: str, activity: str
) -> list[MissingSection]:
    """Return the never filled sections that a provider would receive for an activity."""
    providers = {row.code: row for row in register.now.providers}
    if provider not in providers:
        return []
    entitled = set(register.projections_at_activity(providers[provider].principal, activity))
    activities = [row for row in providers[provider].activities if row.code == activity]
    return [
        MissingSection(record_labels.section_label(register, section.code), section.slug)
        for section in FILLED_BY_GUARDIANS
        if section.code in child.missing
        and is_section_asked(section.code, activities)
        and entitled.intersection(projections_of_section(section.code))
    ]


@dataclass(frozen=True)
class AskedPaper:
    """A paper that an activity asks for: `missing` or kept already, needed `by` a day."""

    kind: str
    label: object
    missing: bool
    by: date | None = None


def asked_papers(
    register: Register, provider: str, activity: str, answer: object
) -> list[AskedPaper]:
    """
    Return the papers that an activity asks for, as the dossier's answer on completeness has them.

    Nothing while the dossier does not answer: what is kept already is not asked for again.
    """
    rows = answer.activities if isinstance(answer, CompletenessAnswer) else []
    row = next((r for r in rows if (r["provider"], r["activity"]) == (provider, activity)), None)
    asked = next(
        (
            needs
            for each in register.provider(provider).activities
            if each.code == activity
            and (needs := needs_of_activity(each, register.now.completeness))
        ),
        None,
    )
    if row is None or asked is None:
        return []
    return [
        AskedPaper(
            kind,
            record_labels.NEEDS[kind],
            missing=kind in (*row["missing"], *row["later"]),
            by=row["by"] if kind in row["later"] else None,
        )
        for kind in (*asked.first, *asked.for_stay)
        if kind in KEPT
    ]


def _activities_of_childs_providers(register: Register, child: Child) -> list[Activity]:
    return [
        activity
        for provider in register.now.providers
        if provider.code in child.providers
        for activity in provider.activities
    ]
