"""Why a part of a child's file stays although its erasure was asked for (art. 17(3)). Pure."""

from collections.abc import Collection

from shared.contracts.dossier.data_protection.request_erasures import (
    ACCOUNTS,
    DECIDED,
    GUARDED,
    NEEDED,
    OTHER_HOME,
    RULING,
)
from shared.contracts.sections.adults.barred_adults import CUSTODY
from shared.contracts.sections.consents import CONSENTS
from shared.contracts.sections.identity import IDENTITY
from shared.contracts.sections.papers import PAPERS
from shared.contracts.sections.schooling import SCHOOLING

ALWAYS = {IDENTITY.code: ACCOUNTS, CUSTODY.code: RULING, SCHOOLING.code: DECIDED}
"""Sections that go at the end of their period alone."""

PROOFS = frozenset({PAPERS.code, CONSENTS.code})
"""
Sections that stay while a service has the child, with what stood in them before.

Children are admitted with papers (art. R3111-8 code de la santé publique), and who took a child on
an outing has to prove that it was allowed (GDPR, articles 7(1) and 17(3)(e)).
"""


def reason_to_keep_part(
    part: str, needed_by: Collection[str], *, guarded: bool, other_home: bool
) -> str:
    """
    Return why a part stays, "" where it can go.

    What services must have outweighs the wish (art. 17(3)(b): a task in the public interest), and
    so does who has authority and shares no home of the child, until they ask for the same.
    """
    if guarded:
        return GUARDED
    if part in ALWAYS:
        return ALWAYS[part]
    if needed_by:
        return NEEDED
    return OTHER_HOME if other_home else ""
