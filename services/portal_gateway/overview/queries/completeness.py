"""
What an activity still lacks of a child's dossier, said beside the place it is asked for.

Today: the pages that its provider receives something of and that nobody ever filled. Whatever else
completeness asks of an activity is added here, and every page that shows it follows.
"""

from dataclasses import dataclass

from services.portal_gateway.labels import record as texts
from services.portal_gateway.session.queries.children import Child
from services.portal_gateway.sharing.labels.recipients import projections_of
from shared.contracts.sections import FILLED_BY_GUARDIANS, SECTIONS
from shared.register import Register
from shared.register.completeness import is_asked
from shared.register.entitlement import Activity


@dataclass(frozen=True)
class Missing:
    """One thing to be filled: its name and, as addresses name it, the page that takes it."""

    label: str
    slug: str


def pages_asked(register: Register, child: Child) -> list[str]:
    """Return the sections that a child's services ask for, in the order of its page."""
    activities = _activities(register, child)
    return [each.code for each in FILLED_BY_GUARDIANS if is_asked(each.code, activities)]


def asked_for(register: Register, child: Child, section: str) -> list[str]:
    """Return the activities of a child's services that ask for a section; none where all do."""
    if not SECTIONS[section].asked_by:
        return []
    activities = _activities(register, child)
    return [activity.label for activity in activities if is_asked(section, [activity])]


def pages_to_fill(child: Child) -> list[str]:
    """
    Return the sections that every family is asked for and that were never filled.

    One that some activities ask for is named on the child's page beside them: here only the
    services of the child are known, and a child at judo need not be able to swim.
    """
    return [code for code in child.missing if not SECTIONS[code].asked_by]


def missing_of(register: Register, child: Child, provider: str, activity: str) -> list[Missing]:
    """Return what a provider would receive for an activity and the family never told."""
    known = {row.code: row for row in register.now.providers}
    if provider not in known:
        return []
    entitled = set(register.usual(known[provider].principal))
    meant = [each for each in known[provider].activities if each.code == activity]
    return [
        Missing(texts.section_label(register, section.code), section.slug)
        for section in FILLED_BY_GUARDIANS
        if section.code in child.missing
        and is_asked(section.code, meant)
        and entitled.intersection(projections_of(section.code))
    ]


def _activities(register: Register, child: Child) -> list[Activity]:
    return [
        activity
        for provider in register.now.providers
        if provider.code in child.providers
        for activity in provider.activities
    ]
