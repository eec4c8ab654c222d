"""
Projections as a function of a child's sections and of the day (shared/contracts/sections).

Contents are those of sections as JSON types, and under `family` who answers for the child and where
it lives (households/commands/guardianships.py). A projection is always whole, so that nothing
entered reads as its empty value (`menu` null, no allergies).
"""

from collections.abc import Iterable
from datetime import date

from shared.contracts.sections import PROJECTIONS, SECTIONS
from shared.contracts.sections.section import Content, Contents


def prepare_projection(projection: str, contents: Contents, day: date) -> Content:
    """Return the whole projection as a provider receives it on that day."""
    return PROJECTIONS[projection].compute(contents, day)


def is_projection_filled(projection: str, content: Content) -> bool:
    """Return whether something was entered: a diet chosen, an allergy, a person named."""
    return PROJECTIONS[projection].filled(content)


def affected_projections(section: str) -> tuple[str, ...]:
    """Return the projections that a change of this section may change."""
    return tuple(code for code, each in PROJECTIONS.items() if section in each.fed_by)


def needed_sections(projections: Iterable[str]) -> frozenset[str]:
    """Return the sections from which these projections are computed."""
    return frozenset(section for code in projections for section in PROJECTIONS[code].fed_by)


def next_day_content_changes(section: str, content: Content, day: date) -> date | None:
    """Return the first day after `day` on which a content means something else by itself."""
    turns = SECTIONS[section].turns
    return turns(content, day) if turns else None


TURNING = tuple(code for code, each in SECTIONS.items() if each.turns)
"""Sections whose content turns by itself: a ruling begins, a paper expires."""
BY_GUARDIANS = tuple(code for code, each in PROJECTIONS.items() if each.by_guardians)
"""Projections that change with who answers for a child."""
