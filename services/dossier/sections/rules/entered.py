"""Content of sections as guardians may enter it."""

from typing import Any

from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier.dossier import SectionNotYours
from shared.contracts.errors import BadRequest
from shared.contracts.sections.contents import GUARDIAN_WRITES, check


def guardian_content(section: str, content: Any) -> Content:
    """Return what a guardian tells as it is kept; raises SectionNotYours and BadRequest."""
    if section not in GUARDIAN_WRITES:
        raise SectionNotYours(section=section)
    told, mistakes = check(section, content)
    if mistakes:
        raise BadRequest(errors=mistakes)
    return told
