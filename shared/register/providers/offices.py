"""Providers and the front desk: where agents sit, with their roles."""

from dataclasses import dataclass
from typing import ClassVar

from shared.register.declarations import FRONT_DESK
from shared.register.entitlement import PERSON_REQUESTS, Activity
from shared.register.providers.regies import Regie
from shared.register.providers.states import RUNNING


@dataclass(frozen=True, slots=True)
class Role:
    code: str
    label: str
    projections: tuple[str, ...]
    marks_seen: tuple[str, ...]
    permissions: tuple[str, ...] = ()
    """Permissions of the role (key `acts` in files), of shared.register.entitlement.PERMISSIONS."""


@dataclass(frozen=True, slots=True)
class Administrator:
    """The first administrator of a provider: named by the town file, everybody else by identity."""

    login: str
    name: str


@dataclass(frozen=True, slots=True)
class Controller:
    """A controller of data (GDPR, article 4), and the address of its data protection officer."""

    name: str
    dpo: str


@dataclass(frozen=True, slots=True)
class Cooks:
    """
    Meals that a caterer cooks for other providers, on their orders.

    `customers` are codes of providers; `order_before` is the cutoff of an order,
    "<working days before>@HH:MM".
    """

    customers: tuple[str, ...]
    order_before: str


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of the town; a caterer has no activity, and no child is ever published to it."""

    code: str
    principal: str
    label: str
    short_label: str
    letter: str
    hue: int
    kind: str
    controller: str
    phone: str
    state: str
    activities: tuple[Activity, ...]
    roles: tuple[Role, ...]
    administrator: Administrator
    regies: tuple[Regie, ...] = ()
    cooks: Cooks | None = None

    def role(self, code: str) -> Role | None:
        return next((role for role in self.roles if role.code == code), None)

    def regie_of_activity(self, activity: str) -> Regie | None:
        """Return the régie that collects for an activity, None if the activity is free."""
        return next((each for each in self.regies if activity in each.activities), None)

    def regie(self, code: str) -> Regie:
        """Return one of its régies by its code."""
        return next(each for each in self.regies if each.code == code)


@dataclass(frozen=True, slots=True)
class FrontDesk:
    """
    The town's central desk: its agents help families of all providers, and receive no projection.

    It has what an office needs where agents sign in; there is one at most, and it always runs.
    """

    label: str
    letter: str
    phone: str
    roles: tuple[Role, ...]
    administrator: Administrator
    code: ClassVar[str] = FRONT_DESK
    principal: ClassVar[str] = FRONT_DESK
    state: ClassVar[str] = RUNNING
    hue: ClassVar[int] = 0
    """No provider's hue."""

    @property
    def short_label(self) -> str:
        return self.label

    @property
    def handles_data_requests(self) -> bool:
        """Say whether a role here answers what persons ask of their data."""
        return any(PERSON_REQUESTS in role.permissions for role in self.roles)

    def role(self, code: str) -> Role | None:
        return next((role for role in self.roles if role.code == code), None)


Office = Provider | FrontDesk
"""An office of agents, with rights of its own at identity."""
