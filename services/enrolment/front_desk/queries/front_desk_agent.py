"""An agent who asks from the front desk, with what its rights at this provider open."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.reach_of_right import Reach, make_reach_of_places
from services.enrolment.children.rules.visibility import PLACES_FOR, Visibility, visibility_of
from services.enrolment.store import store
from shared.dates.clock import today
from shared.person import rights_on
from shared.register.entitlement import CHANGES_DAYS, CONVERSATIONS


@dataclass(frozen=True)
class CounterAgent:
    """The subject, and the sight that it would have at this provider's own desk."""

    subject: str
    sight: Visibility

    @property
    def sees_anything(self) -> bool:
        """Say whether some part of a household is there for it."""
        return self.sees_children_in_places or bool(
            self.sight.places_with_permissions(CONVERSATIONS)
        )

    @property
    def sees_children_in_places(self) -> bool:
        """Say whether it sees children, and works with their places."""
        return bool(self.sight.places_seeing() and self.sight.places_with_permissions(*PLACES_FOR))

    @property
    def changes_days(self) -> bool:
        """Say whether it sees children, and changes their days."""
        return bool(self.sight.places_seeing() and self.sight.places_with_permissions(CHANGES_DAYS))

    def reach_to(self, read: Database, *permissions: str) -> Reach:
        """Return the reach of its roles with one of these permissions."""
        return make_reach_of_places(read, self.sight.places_with_permissions(*permissions), today())

    def reach_knowing_places_and_days(self, read: Database) -> Reach:
        """Return where the agent knows the places and days of children whom it sees."""
        return self._reach_shared_with_seeing(read, PLACES_FOR)

    def reach_planning(self, read: Database) -> Reach:
        """Return where it changes the days of children whom it sees."""
        return self._reach_shared_with_seeing(read, (CHANGES_DAYS,))

    def role_at(self, read: Database, child_id: str, *permissions: str) -> str:
        """Return the role in which it has one of these permissions for a child."""
        acts_as = self.sight_of_child(read, child_id).acts_as
        return next((acts_as[each] for each in permissions if each in acts_as), "")

    def sight_of_child(self, read: Database, child_id: str) -> Visibility:
        """Return what the agent sees of one child, in the roles that reach it."""

        def reaches(places: frozenset[str]) -> bool:
            return make_reach_of_places(read, places, today()).has_child(read, child_id)

        return self.sight.sight_where(reaches)

    def _reach_shared_with_seeing(self, read: Database, permissions: Collection[str]) -> Reach:
        seeing = make_reach_of_places(read, self.sight.places_seeing(), today())
        return self.reach_to(read, *permissions).within_both_reaches(seeing)


def front_desk_agent_at_provider(read: Database, subject: str, principal: str) -> CounterAgent:
    """Return an agent with its rights of today at the provider that runs as `principal`."""
    register = store.register
    provider = register.provider_of(principal)
    roles = provider.roles if provider else ()
    held = rights_on(read, subject, today())
    return CounterAgent(subject, visibility_of(held, roles, register.projections(principal)))
