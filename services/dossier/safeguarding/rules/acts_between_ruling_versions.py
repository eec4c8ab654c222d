"""Rulings that bar an adult: what was done between two versions, and which are over."""

from collections.abc import Iterable, Iterator

from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier.families.safeguarding import ENTERED, LIFTED, SECONDED, TAKEN_OUT
from shared.dates.instant import Instant


def ruling_acts_between_versions(
    before: Iterable[Content], after: Iterable[Content]
) -> Iterator[tuple[str, str]]:
    """Return what was done between two states of the section: the act, and the adult's name."""
    former = {_ruling_key(one): one for one in before}
    present = {_ruling_key(one): one for one in after}
    for key, one in present.items():
        was = former.get(key)
        if was is None:
            yield ENTERED, one["name"]
        elif one.get("valid_to") != was.get("valid_to"):
            yield LIFTED, one["name"]
        elif one.get("seconded_by") != was.get("seconded_by"):
            yield SECONDED, one["name"]
    for key, one in former.items():
        if key not in present:
            yield TAKEN_OUT, one["name"]


def _ruling_key(ruling: Content) -> tuple[str, str, str]:
    return ruling["name"], ruling["paper_date"], ruling["valid_from"]


def is_ruling_over(ruling: Content, when: Instant) -> bool:
    return bool(ruling.get("valid_to")) and ruling["valid_to"] < when.day.isoformat()
