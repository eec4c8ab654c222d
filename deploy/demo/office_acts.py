"""What the front desk has done for the hard cases: a household protected, a child placed."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from deploy.demo.acting import Pages
from deploy.demo.plan import Plan
from shared.clock import today
from shared.contracts import placements, protection
from shared.declarations import FRONT_DESK

PROTECTED, PLACED = "protected_household", "placed_child"
CARER = "Denise Carlier"


class OfficeActs:
    """The acts of one demonstration's front desk, by whom may protect families."""

    def __init__(self, plan: Plan, pages: Pages) -> None:
        self._plan, self._pages = plan, pages

    def acts(self) -> list[tuple[str, Sequence[Any], Callable[[Any], None]]]:
        """Return what is to be done, in its order."""
        return [("hard lives", [PROTECTED, PLACED], self._do)]

    def _do(self, household: str) -> None:
        protector = next(
            agent
            for agent in self._plan.journal.town.agents()
            if agent.provider == FRONT_DESK and "desk_lead" in agent.roles
        )
        person = self._pages.agent(protector)
        seen = {"paper_date": today() - timedelta(days=20)}
        if household == PROTECTED:
            home = self._plan.journal.ids("homes")[household]
            paper = "ordonnance de protection"
            person.ask(protection.protect_household, household_id=home, paper=paper, **seen)
            return
        child = next(each.id for each, home in self._plan.homes_of_children() if home == household)
        person.ask(
            placements.place_child,
            child_id=child,
            carer_name=CARER,
            paper="ordonnance de placement provisoire",
            valid_from=today(),
            valid_to=today() + timedelta(days=180),
            **seen,
        )
