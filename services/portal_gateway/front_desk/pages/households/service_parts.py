"""Parts of a household's page, asked of all services at once: each by the agent's right there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shared.contracts.billing import front_desk as at_billing
from shared.contracts.enrolment import front_desk
from shared.contracts.errors import NotAllowed, NotEntitled, Refusal
from shared.contracts.values import OfHousehold
from shared.dates.clock import today
from shared.register import Provider
from shared.register.declarations import FRONT_DESK
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here
from shared.web.language.provider_badges import Mark, badge_of_provider
from shared.web.session.request_rounds import round_request

SECONDS = 2.0
"""Deadline of the whole round: a service that is stopped costs the page so much, and its part."""


@dataclass(frozen=True)
class Office:
    """A provider at which the agent has a right; `seen` is None where it does not answer now."""

    code: str
    mark: Mark
    seen: front_desk.HouseholdAtProviderAnswer | None

    @property
    def groups_by_id(self) -> dict[str, front_desk.CounterGroup]:
        """Return the groups that are named, by their ids."""
        return {row["group_id"]: row for row in self.seen.groups} if self.seen else {}


@dataclass(frozen=True)
class Number:
    """A number to call; `children` are those for whom it is given, none where for all of them."""

    name: str
    phone: str
    children: Sequence[str]


@dataclass(frozen=True)
class Offices:
    """The providers that show this agent something, and the accounts at the agent's régies."""

    providers: Sequence[Office] = ()
    accounts: Sequence[at_billing.CounterAccount] = ()
    billing_silent: bool = False

    def phone_numbers(self, called: Mapping[str, str]) -> list[Number]:
        """Return the numbers to call, each once, with the children for whom it is given."""
        children: dict[tuple[str, str], dict[str, None]] = {}
        for seen in self._answers_of_providers:
            for row in seen.numbers:
                if row["child_id"] in called:
                    whose = children.setdefault((row["name"], row["phone"]), {})
                    whose[called[row["child_id"]]] = None
        everybody = len(set(called.values()))
        return [
            Number(name, phone, () if len(whose) == everybody else tuple(whose))
            for (name, phone), whose in children.items()
        ]

    @property
    def school_and_class_by_child(self) -> dict[str, front_desk.CounterSchooling]:
        """Return the school and class of each child by its id, as the first service has it."""
        rows = [row for seen in self._answers_of_providers for row in seen.schooling]
        return {row["child_id"]: row for row in reversed(rows)}

    @property
    def _answers_of_providers(self) -> list[front_desk.HouseholdAtProviderAnswer]:
        return [office.seen for office in self.providers if office.seen]


def first_day_shown() -> date:
    """Return the Monday of this week: the days shown are this week's and the next one's."""
    return today() - timedelta(days=today().weekday())


def ask_offices_about_household(household_id: str) -> Offices:
    """Return what each service shows this agent of a household, by the order of the register."""
    providers = providers_of_agent()
    if not providers:
        return Offices()
    of_household = front_desk.HouseholdAtProviderRequest(household_id, first_day_shown())
    of_accounts = OfHousehold(household_id)
    answers, accounts = agent.ask_with_many(
        [
            round_request(front_desk.household_at_provider, of_household, to=each.principal)
            for each in providers
        ],
        round_request(at_billing.accounts_at_counter, of_accounts),
        deadline=SECONDS,
    )
    shown = [
        Office(
            provider.code, badge_of_provider(provider), None if isinstance(seen, Refusal) else seen
        )
        for provider, seen in zip(providers, answers, strict=True)
        if not _has_no_right(seen)
    ]
    silent = isinstance(accounts, Refusal) and not _has_no_right(accounts)
    return Offices(shown, () if isinstance(accounts, Refusal) else accounts.accounts, silent)


def providers_of_agent() -> list[Provider]:
    """Return the running providers at which the agent had a right when it signed in."""
    desks = set(agent.require_agent().session.desks) - {FRONT_DESK}
    return [each for each in shell_here().register.running_providers if each.code in desks]


def _has_no_right(answer: object) -> bool:
    return isinstance(answer, NotEntitled | NotAllowed)
