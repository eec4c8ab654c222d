"""
Plan of an instance's demonstration: people, offer, prices, past days, their cost.

Drawn anew from files and seed each time it is asked for; ids come from what was loaded.
"""

from functools import cached_property

from deploy.applied_town import Applied
from deploy.demo.invented.attendance import attendance_sheets
from deploy.demo.invented.bill_fates import draw_fate_of_bill, is_paid_at_the_treasury
from deploy.demo.invented.expected_amounts import Cents, Charge, Reckoning, Used, kids_by_id
from deploy.demo.invented.offer import Child, Offer, children_of_families
from deploy.demo.invented.schools import schools_of_households
from deploy.demo.invented.tariffs import Tariffs
from deploy.demo.journal import Journal
from deploy.demo.towns import People
from shared.contracts.enrolment.attendance import ImportedSheet
from shared.contracts.enrolment.school_year.schools import ImportSchoolsRequest
from shared.contracts.errors import NotFound
from shared.dates.clock import now
from shared.json_values import JsonMapping
from shared.register.entitlement import SCHOOL


class Plan:
    """The demonstration of one instance, as its register and its journal make it."""

    def __init__(self, applied: Applied, journal: Journal) -> None:
        register = applied.register_in_force() or {"town": {"school_year": ""}, "providers": []}
        school_year: str = register["town"]["school_year"]
        self.journal = journal
        self.people: People = journal.make_families(int(school_year[:4] or 0))
        self.offer = Offer(school_year, now(), journal.demo_town.offer)
        self.tariffs = Tariffs(register.get("communes", []), journal.demo_town.tariffs)
        self._communes: list[JsonMapping] = register.get("communes", [])
        self._providers: dict[str, JsonMapping] = {
            row["code"]: row for row in register["providers"]
        }

    @property
    def providers_with_offer(self) -> list[str]:
        """Return the providers that have an offer here."""
        return [code for code in self.offer.providers if code in self._providers]

    @property
    def providers_with_prices(self) -> list[str]:
        """Return the providers that have prices here."""
        return [code for code in self.tariffs.providers if code in self._providers]

    @property
    def providers_enrolling_at_schools(self) -> list[str]:
        """Return the providers that enrol children at schools."""
        return [
            code
            for code, row in self._providers.items()
            if any(activity["regime"] == SCHOOL for activity in row["activities"])
        ]

    def schools(self) -> ImportSchoolsRequest:
        """Return the schools that the children name, with their classes."""
        return schools_of_households(self.people.families.households, self.offer.school_year)

    def principal(self, provider: str) -> str:
        """Return a provider's name on the broker."""
        return str(self._providers[provider]["principal"])

    def regies(self, provider: str) -> list[JsonMapping]:
        """Return a provider's régies."""
        return list(self._providers[provider]["regies"])

    @cached_property
    def children(self) -> list[Child]:
        """Return the children, once they are loaded."""
        return children_of_families(self.people.families, self.journal.ids_by_reference("children"))

    def past_attendance(self, provider: str) -> list[ImportedSheet]:
        """Return the attendance of a provider's days gone by, since the school year began."""
        return list(
            attendance_sheets(
                self.offer, provider, self.children, self.offer.first_day, self.journal.day
            )
        )

    def months_over(self, provider: str) -> list[str]:
        """Return the months of the school year that are over, of which there is an attendance."""
        months = {f"{sheet['day']:%Y-%m}" for sheet in self.past_attendance(provider)}
        return sorted(month for month in months if month < f"{self.journal.day:%Y-%m}")

    def billed_by_month(self, provider: str) -> dict[str, Cents]:
        """Return by month that is over what each household is billed, reckoned from the grids."""
        used = self._used_of_provider(provider)
        return self.make_reckoning(provider).billed_by_month(self.months_over(provider), used)

    def income_by_month(self, provider: str) -> dict[str, dict[Charge, int]]:
        """Return by month that is over what comes in by activity and band, of bills of any size."""
        used, reckoning = self._used_of_provider(provider), self.make_reckoning(provider)
        return {
            month: reckoning.income_of_month(month, used) for month in self.months_over(provider)
        }

    def _used_of_provider(self, provider: str) -> Used:
        taken = self.offer.children_taken_by_group(provider, self.children)
        return Used(provider, self.offer, self.past_attendance(provider), taken)

    def make_reckoning(self, provider: str) -> Reckoning:
        """Return what reckons a provider's months, whose one régie bills them."""
        [account] = self.regies(provider)
        families, ids = self.people.families, self.journal.ids_by_reference("children")
        return Reckoning(
            self.tariffs.block_of(provider),
            account["least_cents"],
            kids_by_id(families, ids),
            self.people.homes,
            self.journal.ids_by_reference("homes"),
            self._member_communes(),
        )

    def fate_of_bill(self, household: str, regie: str, month: str, months: list[str]) -> str:
        """Return how a household pays a bill; `months` are those that are billed."""
        latest = month == months[-1]
        return draw_fate_of_bill(self.journal.seed, household, regie, month, is_latest=latest)

    def is_paid_at_the_treasury(self, household: str, regie: str, month: str) -> bool:
        """Return whether a household pays the public accountant a bill that is a titre."""
        return is_paid_at_the_treasury(self.journal.seed, household, regie, month)

    def require_household_reference(self, household_id: str) -> str:
        """Return a household's reference; raises NotFound."""
        if household_id not in self._references_by_household:
            raise NotFound
        return self._references_by_household[household_id]

    def first_names(self) -> dict[str, str]:
        """Return the children's first names by their ids."""
        ids = self.journal.ids_by_reference("children")
        return {
            ids[child["reference"]]: child["sections"]["identity"]["first_name"]
            for household in self.people.families.households
            for child in household["children"]
            if "identity" in child["sections"]
        }

    def homes_of_children(self) -> list[tuple[Child, str]]:
        """Return each child with the household in which all its sections are recorded."""
        by_reference = {child.reference: child for child in self.children}
        return [
            (by_reference[child["reference"]], household["reference"])
            for household in self.people.families.households
            for child in household["children"]
            if "identity" in child["sections"]
        ]

    def login_of_household(self, household: str) -> str | None:
        """Return the address with which a household's first guardian with an account signs in."""
        return next(
            (
                account.login
                for account in self.people.families.accounts
                if account.guardian in (f"{household}-1", f"{household}-2")
            ),
            None,
        )

    @cached_property
    def _references_by_household(self) -> dict[str, str]:
        return {
            found: reference for reference, found in self.journal.ids_by_reference("homes").items()
        }

    def _member_communes(self) -> list[str]:
        first = self.offer.first_day.isoformat()
        return [
            commune["insee"]
            for commune in self._communes
            if commune["member_from"] <= first and (commune["member_to"] or "9999") > first
        ]
