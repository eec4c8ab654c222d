"""Reach of the agent of this request: the schools whose pupils it may read, and in which role."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import abort
from sqlalchemy.orm import Session

from services.enrolment.children.rules.visibility import Visibility
from services.enrolment.desk.access import agent
from services.enrolment.school_year.schools.queries.schools import schools_of_agent
from shared.dates.clock import today
from shared.register.entitlement import CARE_CORE, OWN_SCHOOL, SCHOOL, SCHOOLING
from shared.web.base.app import shell_here

P = ParamSpec("P")
R = TypeVar("R")

ALL_SCHOOLS = "applications"
"""The permission of who decides on applications: of all the town's schools."""


@dataclass(frozen=True)
class Reach:
    """`schools` None: all of them; `role` is that in which pupils are read, "" of nobody's."""

    schools: frozenset[str] | None
    role: str

    def has(self, school_id: str | None) -> bool:
        """Say whether a school's pupils may be read; None means all schools together."""
        if not self.role:
            return False
        return self.schools is None or (school_id is not None and school_id in self.schools)


def has_school_regime() -> bool:
    """Say whether this provider has an activity of the regime `school`."""
    provider = shell_here().register.provider_of(shell_here().principal)
    return provider is not None and any(each.regime == SCHOOL for each in provider.activities)


def are_schools_shown_to_agent(sight: Visibility) -> bool:
    """Say whether the pages of schools are there for an agent."""
    return sight.administers or bool(_role_for_all(sight)) or bool(sight.sees_at_own_schools)


def may_decide_on_schools(sight: Visibility) -> bool:
    """Say whether an agent reads the pupils of all schools, and decides on their requests."""
    return bool(_role_for_all(sight))


def school_reach_of_agent(read: Session) -> Reach:
    """Return what the agent of this request may read of pupils."""
    person = agent.require_agent()
    role = _role_for_all(person.sight)
    if role:
        return Reach(None, role)
    own = person.sight.sees_at_own_schools
    if OWN_SCHOOL in person.sight.permissions and {CARE_CORE, SCHOOLING} <= own.keys():
        return Reach(schools_of_agent(read, person.session.subject, today()), own[SCHOOLING])
    return Reach(frozenset(), "")


def requires_part_in_schools(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run where this provider has schools, for who has a part in them."""
    return _guard_by_sight(view, are_schools_shown_to_agent)


def requires_reading_all_schools(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for who reads the pupils of all schools."""
    return _guard_by_sight(view, may_decide_on_schools)


def requires_administering_schools(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view run for the administrator of a provider that has schools."""
    return _guard_by_sight(view, lambda sight: sight.administers)


def require_reach(read: Session, school_id: str | None) -> Reach:
    """Return the agent's reach; for a school beyond it the page does not exist."""
    reach = school_reach_of_agent(read)
    if not reach.has(school_id):
        abort(404)
    return reach


def _role_for_all(sight: Visibility) -> str:
    if ALL_SCHOOLS not in sight.permissions or CARE_CORE not in sight.sees:
        return ""
    return sight.sees.get(SCHOOLING, "")


def _guard_by_sight(view: Callable[P, R], allowed: Callable[[Visibility], bool]) -> Callable[P, R]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not allowed(agent.require_agent().sight) or not has_school_regime():
            abort(404)
        return view(*args, **kwargs)

    return guarded
