"""
Readers of a thread: fixed for one household when it is opened; they can leave, none is added.

Pure. A guardian who comes later, the other household of a child, an agent of another function: none
of them joins the audience, whatever is written afterwards.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Guardianship:
    """A guardian answers for a child, in a household."""

    subject: str
    household_id: str
    child_id: str


@dataclass(frozen=True)
class Audience:
    """Guardians of one household, for as long as they answer for the children of the thread."""

    household_id: str
    subjects: frozenset[str]
    child_ids: frozenset[str] = frozenset()
    """Empty: the thread concerns the household as a whole."""


def audience_opened_by_guardian(
    subject: str,
    child_ids: Collection[str],
    share: bool,
    known: Collection[Guardianship],
) -> Audience | None:
    """
    Return the audience of a guardian's thread; None if these children are not the guardian's.

    Only the author, unless the thread is shared with the other guardians of the household.
    """
    household = next(iter(sorted(_households_answering_for_all(subject, child_ids, known))), None)
    if household is None:
        return None
    everybody = _guardians_answering_for_all(household, child_ids, known)
    subjects = everybody if share else frozenset({subject})
    return Audience(household, subjects, frozenset(child_ids))


def audience_opened_by_provider(
    household_id: str, child_ids: Collection[str], known: Collection[Guardianship]
) -> Audience | None:
    """
    Return the audience of a thread that the provider opens; None if the household has no guardian.
    """
    subjects = _guardians_answering_for_all(household_id, child_ids, known)
    return Audience(household_id, subjects, frozenset(child_ids)) if subjects else None


def audience_if_author_may_reply(
    audience: Audience, author: str, known: Collection[Guardianship]
) -> Audience | None:
    """
    Return the audience after a guardian's answer: the same; None if the guardian may not answer.
    """
    return audience if author in current_readers(audience, known) else None


def current_readers(audience: Audience, known: Collection[Guardianship]) -> frozenset[str]:
    """
    Return the readers of the audience now: guardians of all its children who are here.

    A child who has left the provider is not counted; once all have left, the thread has no reader.
    """
    children = {guardianship.child_id for guardianship in known} & audience.child_ids
    if audience.child_ids and not children:
        return frozenset()
    return audience.subjects & _guardians_answering_for_all(audience.household_id, children, known)


def household_of_audience(audience: Audience, known: Collection[Guardianship]) -> str:
    """
    Return the household of a thread now: another one once all who read it answer there.

    Where some of them stay it is theirs, and the others read it no more: nobody sees from then on
    what is written to the other home.
    """
    if not audience.subjects or current_readers(audience, known):
        return audience.household_id
    others = {
        guardianship.household_id
        for guardianship in known
        if guardianship.subject in audience.subjects
    }
    moved = (replace(audience, household_id=household) for household in sorted(others))
    found = (each.household_id for each in moved if current_readers(each, known))
    return next(found, audience.household_id)


def are_readers_in_two_homes(audience: Audience, known: Collection[Guardianship]) -> bool:
    """Say whether a thread's readers live in two homes now: an answer would reach one alone."""
    here = current_readers(audience, known)
    apart = {
        guardianship.subject
        for guardianship in known
        if guardianship.child_id in audience.child_ids or not audience.child_ids
    }
    return bool(here) and bool((audience.subjects - here) & apart)


def _households_answering_for_all(
    subject: str, child_ids: Collection[str], known: Collection[Guardianship]
) -> set[str]:
    """Return the households in which a person answers for all these children (any, for none)."""
    of_person = [guardianship for guardianship in known if guardianship.subject == subject]
    households = {guardianship.household_id for guardianship in of_person}
    return {
        household
        for household in households
        if set(child_ids) <= {e.child_id for e in of_person if e.household_id == household}
    }


def _guardians_answering_for_all(
    household_id: str, child_ids: Collection[str], known: Iterable[Guardianship]
) -> frozenset[str]:
    """Return who answers for all these children in a household (for any, where none is named)."""
    children: dict[str, set[str]] = {}
    for guardianship in known:
        if guardianship.household_id == household_id:
            children.setdefault(guardianship.subject, set()).add(guardianship.child_id)
    return frozenset(one for one, theirs in children.items() if set(child_ids) <= theirs)
