"""A list of people of which a guardian was shown a part, merged with what it made of that part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.dossier.sections.rules.projections import Content

WITHHELD_SECTIONS = ("contacts", "pickup")
"""Sections of which a protected home's part is withheld from the child's other home."""


def merge_shown_part(
    before: Sequence[Content], mine: Sequence[Content], whole: Sequence[Content]
) -> list[Content]:
    """
    Return the whole list after somebody has made `mine` of `before`, the part that was shown.

    What was not shown keeps its place: a changed person stays in its place, a new one comes
    last, and a new order counts only where nothing is withheld.
    """
    if list(before) == list(whole):
        return list(mine)
    changed = [
        (old, new)
        for old, new in zip(before, mine, strict=False)
        if old not in mine and new not in before
    ]
    removed = [old for old in before if old not in mine]
    found: list[Content] = []
    for person in whole:
        news = [new for old, new in changed if old == person]
        stays = news[:1] or ([] if person in removed else [person])
        found += [each for each in stays if each not in found]
    return found + [each for each in mine if each not in [*before, *found]]


@dataclass(frozen=True)
class Known:
    """A section as one guardian knows it; version 0 where it knows of no content."""

    version: int
    content: Content
    changed_at: datetime | None = None
    changed_by: str = ""
