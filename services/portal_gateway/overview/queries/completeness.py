"""
Sections that an activity still needs of a child's dossier, shown beside its place.

Today: the sections that its provider receives and that were never filled. Further needs of an
activity are added here, for every page that shows them.
"""

from dataclasses import dataclass

from services.portal_gateway.labels import record as record_labels
from services.portal_gateway.session.queries.children import Child
from services.portal_gateway.sharing.labels.recipients import projections_of
from shared.contracts.sections import FILLED_BY_GUARDIANS
from shared.register import Register
from shared.register.completeness import is_asked


@dataclass(frozen=True)
class Missing:
    """One thing to be filled: its name and, as addresses name it, the page that takes it."""

    label: str
    slug: str


def pages_asked(register: Register, child: Child) -> list[str]:
    """Return the sections that a child's services ask for, in the order of its page."""
    activities = [
        activity
        for provider in register.now.providers
        if provider.code in child.providers
        for activity in provider.activities
    ]
    return [section.code for section in FILLED_BY_GUARDIANS if is_asked(section.code, activities)]


def pages_to_fill(register: Register, child: Child) -> list[str]:
    """Return the sections of a child that were never filled and that its services ask for."""
    asked_sections = pages_asked(register, child)
    return [code for code in child.missing if code in asked_sections]


def missing_of(register: Register, child: Child, provider: str, _activity: str) -> list[Missing]:
    """Return the sections that a provider would receive and that were never filled."""
    providers = {row.code: row for row in register.now.providers}
    if provider not in providers:
        return []
    entitled = set(register.usual(providers[provider].principal))
    return [
        Missing(record_labels.section_label(register, section.code), section.slug)
        for section in FILLED_BY_GUARDIANS
        if section.code in child.missing and entitled.intersection(projections_of(section.code))
    ]
