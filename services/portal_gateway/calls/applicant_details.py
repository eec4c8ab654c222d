"""
Requests to the dossier for what conditions of offers need: school, level, class, commune.

Asked in the round of the page that needs it, in the name of the guardian, who may read it anyway;
kept nowhere. While the dossier does not answer, the school on the family's own card is known.
"""

from collections.abc import Sequence
from datetime import date

from services.portal_gateway.session.queries.children import Child
from shared.contracts.dossier import guardians
from shared.contracts.dossier.guardians import MyHouseholdAnswer, ReadSectionAnswer
from shared.contracts.enrolment.place_conditions import Applicant, NextSchooling
from shared.contracts.values import OfHousehold
from shared.web.session.request_rounds import Asked, round_request

SECTION = "schooling"
MOST_QUESTIONS = 16
"""Children and homes of which a page asks; beyond that what is not known refuses nothing."""


class Applicants:
    """The questions about some children and the guardian's homes, and what the answers make."""

    def __init__(self, children: Sequence[Child], households: Sequence[str]) -> None:
        self._children = children
        questions: list[Asked[object]] = [
            *(
                round_request(
                    guardians.read_section, guardians.ReadSectionRequest(child.id, SECTION)
                )
                for child in children
            ),
            *(
                round_request(guardians.my_household, OfHousehold(household_id))
                for household_id in households
            ),
        ]
        self.questions = questions if len(questions) <= MOST_QUESTIONS else []

    def applicants_by_child(self, outcomes: Sequence[object], day: date) -> dict[str, Applicant]:
        """Return by child what decides, of the outcomes of `questions`, in their order."""
        answers = iter(outcomes)
        sections = {child.id: next(answers, None) for child in self._children}
        communes = frozenset(
            insee for home in answers if (insee := _commune_on(home, day)) is not None
        )
        return {
            child.id: _make_applicant(child, sections[child.id], communes)
            for child in self._children
        }


def _make_applicant(child: Child, section: object, communes: frozenset[str]) -> Applicant:
    if not isinstance(section, ReadSectionAnswer):
        return Applicant(child.birth_date, school=child.school, communes=communes)
    content = section.content
    return Applicant(
        child.birth_date,
        school=content.get("school", ""),
        grade=content.get("grade", ""),
        class_name=content.get("class_name", ""),
        communes=communes,
        next_schooling=_next_schooling(section),
    )


def _next_schooling(section: ReadSectionAnswer) -> NextSchooling | None:
    """Return the school to which a child goes from a day to come on."""
    if section.later is None:
        return None
    content = section.later["content"]
    return NextSchooling(
        section.later["day"],
        school=content.get("school", ""),
        grade=content.get("grade", ""),
        class_name=content.get("class_name", ""),
    )


def _commune_on(home: object, day: date) -> str | None:
    """Return the INSEE code of a home on a day, "" elsewhere; None where it is not known."""
    if not isinstance(home, MyHouseholdAnswer):
        return None
    begun = [address for address in home.addresses if address["valid_from"] <= day]
    return begun[0]["insee"] if begun else None
