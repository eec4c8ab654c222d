"""
What an activity still lacks of a child's dossier, said beside the place it is asked for.

Today: the pages that its provider receives something of and that nobody ever filled. Whatever else
completeness asks of an activity is added here, and every page that shows it follows.
"""

from dataclasses import dataclass

from services.portal_gateway.labels import record as texts
from services.portal_gateway.session.queries.children import Child
from services.portal_gateway.sharing.labels.recipients import projections_of
from shared.register import Register


@dataclass(frozen=True)
class Missing:
    """One thing to be filled: its name and, as addresses name it, the page that takes it."""

    label: str
    slug: str


def missing_of(register: Register, child: Child, provider: str, _activity: str) -> list[Missing]:
    """Return what a provider would receive for an activity and the family never told."""
    known = {row.code: row for row in register.now.providers}
    if provider not in known:
        return []
    entitled = set(register.usual(known[provider].principal))
    return [
        Missing(texts.section_label(register, section), texts.SLUG_OF[section])
        for section in texts.SLUG_OF
        if section in child.missing and entitled.intersection(projections_of(section))
    ]
