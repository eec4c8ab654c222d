"""Content of sections as guardians may enter it."""

from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier.guardians import SectionNotYours
from shared.contracts.errors import BadRequest
from shared.contracts.sections import SECTIONS
from shared.contracts.sections.section import Offered


def checked_guardian_content(section: str, content: object, offered: Offered) -> Content:
    """Return a guardian's content as it is stored; raises SectionNotYours and BadRequest."""
    if not SECTIONS[section].is_filled_by_guardian:
        raise SectionNotYours(section=section)
    entered, mistakes = SECTIONS[section].check(content, offered)
    if mistakes:
        raise BadRequest(errors=mistakes)
    return entered
