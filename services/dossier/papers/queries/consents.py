"""Consents of a child's guardians, as one of them is shown them."""

from datetime import date

from sqlalchemy.orm import Session

from services.dossier.households.queries.guardianships import families_by_child
from services.dossier.households.queries.ids_of_joined_files import kept_id_of
from services.dossier.households.queries.protection import view_of_guardian
from services.dossier.sections.queries import content_of_section
from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier.papers import child_papers as contracts
from shared.contracts.sections import consents as rules


def consents_for_guardian(
    session: Session, child_id: str, reader: str, day: date
) -> contracts.ChildConsentsAnswer:
    """
    Return the state of each act, and the reader's own words.

    Of a protected home nothing shows elsewhere: such a reader sees what its own word alone makes
    (rule R9). Nobody is shown who said what.
    """
    child_id = kept_id_of(session, child_id)
    seen = consents_shown_to_guardian(session, child_id, reader)
    mine = [word for word in seen if word["by"] == reader]
    guardians = {reader}
    if view_of_guardian(session, reader, child_id).is_everything_shown:
        guardians |= _guardians_with_authority(session, child_id, day)
    return contracts.ChildConsentsAnswer(
        consents=[_consent_for_answer(act, seen, mine, guardians, reader) for act in rules.ACTS],
        said=[
            {
                "act": word["act"],
                "given": word["given"],
                "on": date.fromisoformat(word["on"]),
                "version": word["version"],
            }
            for word in reversed(mine)
        ],
    )


def consents_shown_to_guardian(session: Session, child_id: str, reader: str) -> list[Content]:
    """Return what guardians consented to, as one is shown it: of a hidden home nothing."""
    words = content_of_section(session, kept_id_of(session, child_id), rules.CODE).get("words", ())
    whole = view_of_guardian(session, reader, child_id).is_everything_shown
    return [word for word in words if whole or word["by"] == reader]


def _consent_for_answer(
    act: str,
    words: list[Content],
    mine: list[Content],
    guardians: set[str],
    reader: str,
) -> contracts.ConsentOfChild:
    state = rules.consent_state(words, act, guardians)
    own = next(iter(rules.last_answers_that_count(mine, act, {reader})), None)
    return {
        "act": act,
        "state": state.state,
        "since": date.fromisoformat(state.since) if state.since else None,
        "mine": own["given"] if own else None,
        "mine_on": date.fromisoformat(own["on"]) if own else None,
        "asks": own is None and (rules.ACTS[act].by_all or state.state == rules.UNSAID),
    }


def _guardians_with_authority(session: Session, child_id: str, day: date) -> set[str]:
    family = families_by_child(session, [child_id], day)[child_id]
    return {each["subject"] for each in family["guardians"]}
