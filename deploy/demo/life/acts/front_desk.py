"""Orders of the front desk: a household protected, a child placed, a letter noted."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from deploy.demo.life.signed_in_people import Pages, Person
from deploy.demo.plan import Plan
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.dossier.families import safeguarding
from shared.dates.clock import today
from shared.register.declarations import FRONT_DESK

PROTECTED, PLACED = "protected_household", "placed_child"
CARER = "Denise Carlier"
LETTER = "Je garde un enfant placé et je souhaite une copie de ce que la ville a noté sur moi."


class OfficeActs:
    """The acts of one demonstration's front desk, by whom may protect families."""

    def __init__(self, plan: Plan, pages: Pages) -> None:
        self._plan, self._pages = plan, pages

    def front_desk_acts(self) -> list[tuple[str, Sequence[object], Callable[[Any], None]]]:
        """Return what is to be done, in its order."""
        return [
            ("hard lives", [PROTECTED, PLACED], self._protect_and_place),
            ("letters noted", [LETTER], self._note_letter),
        ]

    def _sign_agent_of_role_in(self, role: str) -> Person:
        return self._pages.sign_agent_in_once(
            next(
                agent
                for agent in self._plan.journal.demo_town.read_demo_agents()
                if agent.provider == FRONT_DESK and role in agent.roles
            )
        )

    def _note_letter(self, text: str) -> None:
        """Note what somebody without an account wrote three weeks ago."""
        asked = person_requests.RecordPersonRequestRequest(
            kind=person_requests.ACCESS,
            provider=person_requests.TOWN,
            received_on=today() - timedelta(days=21),
            way=person_requests.LETTER,
            name=CARER,
            contact="8 rue des Tanneurs, 28901 Démonstration",
            proof=person_requests.DOCUMENT,
            text=text,
        )
        self._sign_agent_of_role_in("dossiers").ask(person_requests.record_person_request, asked)

    def _protect_and_place(self, household: str) -> None:
        person = self._sign_agent_of_role_in("desk_lead")
        paper_date = today() - timedelta(days=20)
        if household == PROTECTED:
            home = self._plan.journal.ids_by_reference("homes")[household]
            request = safeguarding.ProtectHouseholdRequest(
                household_id=home, paper="ordonnance de protection", paper_date=paper_date
            )
            person.ask(safeguarding.protect_household, request)
            return
        child = next(each.id for each, home in self._plan.homes_of_children() if home == household)
        placement = safeguarding.PlaceChildRequest(
            child_id=child,
            carer_name=CARER,
            paper="ordonnance de placement provisoire",
            paper_date=paper_date,
            valid_from=today(),
            valid_to=today() + timedelta(days=180),
        )
        person.ask(safeguarding.place_child, placement)
