"""
A demonstration's invented people, sent through the services' own interfaces.

Only where the town file says `demo: true`: elsewhere the broker has no binding for it. Each step
may be repeated, and is noted in the journal when it is done.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from deploy.applied_town import Applied
from deploy.demo.invented.account_holders import accounts_of_agents, family_account
from deploy.demo.invented.offer import Child, children_of_families
from deploy.demo.invented.past_years import YEARS, PastYear
from deploy.demo.invented.tariffs import address_of_line, quotient_of_line
from deploy.demo.journal import Journal, journal_of_instance
from deploy.demo.life import person_requests, school_requests
from deploy.demo.life.latest_month import live_latest_month
from deploy.demo.life.load_steps import Report, Steps
from deploy.demo.life.regisseur_month import HouseholdsFailed
from deploy.demo.life.signed_in_people import Pages
from deploy.demo.plan import Plan
from deploy.demo.towns import STREETS
from deploy.importing.ban_streets import write_streets
from deploy.processes.ops_requests import ops_client
from deploy.processes.process_plan import office_urls, portal_url
from shared.bus.client import Client
from shared.contracts.billing import past_bills
from shared.contracts.billing.prices import quotients
from shared.contracts.billing.regie import runs as regie_runs
from shared.contracts.dossier import activity_history_requests
from shared.contracts.dossier.families import imported_households
from shared.contracts.enrolment import attendance, tariffs
from shared.contracts.enrolment.places import imports
from shared.contracts.enrolment.school_year import schools
from shared.contracts.identity.accounts import OpenAccountsRequest, open_accounts
from shared.json_values import JsonMapping
from shared.register.declarations import FRONT_DESK

HOUSEHOLDS_AT_ONCE = 20
HOMES_IN_PARALLEL = 2
"""Somebody may be looking around already: the dossier answers them in between."""
CALLS_AT_ONCE = 4
ACCOUNTS_AT_ONCE = 50
QUOTIENTS_AT_ONCE = 400
PLACES_AT_ONCE = 25
SHEETS_AT_ONCE, LINES_AT_ONCE = 100, 800
"""The most sheets and lines of attendance in one request: a message has a size."""
COURSES_AT_ONCE, PAST_BILLS_AT_ONCE = 150, 100
LOAD_SECONDS = 60.0
FILES_SECONDS = 120.0
"""Timeout until the files of a provider's children have arrived."""
BILLS_SECONDS = 300.0
ALL = "all"
"""Step that the journal notes once nothing is left."""
BILLED_PROVIDER = "ens"
"""Provider whose first month is billed already in the small town."""


class FilesLate(TimeoutError):
    """A provider never received the files of its children; the message names it."""


class PlacesRefused(ValueError):
    """A provider refuses a place that the demo's plan gives; the message names group and reason."""


class BillsLate(TimeoutError):
    """The demo's past month was not billed in time; the message says how far it came."""


def load_first_visited(applied: Applied, report: Report) -> None:
    """
    Send whom a visitor meets first: agents, offers and prices, and the first families.

    All of it is in what `load_whole_demo` sends, which then finds it there.
    """
    Loading(applied, journal_of_instance(applied.instance), report).load_first_visited()


def load_whole_demo(applied: Applied, report: Report) -> None:
    """
    Send households, accounts, offers and places, tariffs and quotients, the months gone by.

    What was done before is not done again: repeating it changes nothing that was entered since.
    """
    Loading(applied, journal_of_instance(applied.instance), report).run_undone_steps()


class Loading:
    """One load of one instance, from wherever the last one broke off."""

    def __init__(self, applied: Applied, journal: Journal, report: Report) -> None:
        self._applied, self._journal, self._report = applied, journal, report
        self._plan, self._steps = Plan(applied, journal), Steps(journal, report)

    def load_first_visited(self) -> None:
        """Do what a visitor cannot do without; in the demo towns the README's family is in it."""
        whole, _ = self._plan.people.families.whole_and_second_households()
        write_streets(self._applied.instance, STREETS)
        with ops_client(self._applied) as client:
            self._load_households(client, "families", whole[:HOUSEHOLDS_AT_ONCE])
            self._open_accounts(client, "first accounts")
            self._load_tariffs_of_providers(client)
            self._load_schools(client)
            self._load_quotients(client, "first quotients")
            self._do_for_each_provider(lambda code: self._load_first_places(client, code))

    def run_undone_steps(self) -> None:
        """Do all that is not done, and note that it is."""
        write_streets(self._applied.instance, STREETS)
        stages = self._stages_of_loading()
        for number, (name, do) in enumerate(stages, start=1):
            self._report.begin_stage(name, number, len(stages))
            do()
        self._journal.note_step_done(ALL)

    def _stages_of_loading(self) -> list[tuple[str, Callable[[], None]]]:
        stages: list[tuple[str, Callable[[], None]]] = [
            ("families", self._load_people),
            ("places and days gone by", self._load_terms_of_providers),
            ("bills", self._bill_past_months),
        ]
        if self._journal.demo_town.lived:
            stages.append(("two school years before", self._load_years_before))
        if (self._applied.register_in_force() or {}).get("front_desk"):
            stages.append(("requests of persons", self._load_person_requests))
        stages.append(("requests for schools", self._load_school_requests))
        if self._journal.demo_town.lived:
            stages.append(("the latest month", self._live_latest_month))
        return stages

    def _do_for_each_provider(self, do: Callable[[str], None]) -> None:
        """Do something for each provider; they do not wait for each other."""
        with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
            list(pool.map(do, self._plan.providers_with_offer))

    def _load_people(self) -> None:
        whole, second = self._plan.people.families.whole_and_second_households()
        with ops_client(self._applied) as client:
            self._load_households(client, "families", whole)
            self._load_households(client, "second homes", second)
            self._open_accounts(client, "accounts")
            self._load_schools(client)
            self._load_tariffs_of_providers(client)
            self._load_quotients(client, "quotients")

    def _load_terms_of_providers(self) -> None:
        with ops_client(self._applied) as client:
            self._do_for_each_provider(lambda code: self._load_term(client, code))

    def _load_years_before(self) -> None:
        with ops_client(self._applied) as client:
            self._do_for_each_provider(lambda code: self._load_past_years(client, code))

    def _load_person_requests(self) -> None:
        with Pages(self._applied) as pages:
            person_requests.file_person_requests(self._plan, pages, self._steps)

    def _load_school_requests(self) -> None:
        with ops_client(self._applied) as client, Pages(self._applied) as pages:
            school_requests.ask_for_schools(self._plan, client, pages, self._steps)

    def _live_latest_month(self) -> None:
        live_latest_month(self._applied, self._plan, self._steps)

    # People

    def _load_households(self, client: Client, what: str, wanted: Sequence[JsonMapping]) -> None:
        def send_household(household: JsonMapping) -> imported_households.ImportHouseholdAnswer:
            line = self._plan.people.homes[household["reference"]]
            request = imported_households.ImportHouseholdRequest(
                address=address_of_line(line), **household
            )
            return client.ask(imported_households.import_household, request, deadline=LOAD_SECONDS)

        with ThreadPoolExecutor(HOMES_IN_PARALLEL) as pool:
            for step, some in self._steps.undone_steps(what, wanted, HOUSEHOLDS_AT_ONCE):
                answers = list(pool.map(send_household, some))
                self._journal.note_step_done(
                    step,
                    guardians=_merge_ids(answer.guardians for answer in answers),
                    children=_merge_ids(answer.children for answer in answers),
                    homes={
                        household["reference"]: answer.household_id
                        for household, answer in zip(some, answers, strict=True)
                    },
                )

    def _open_accounts(self, client: Client, what: str) -> None:
        """Open the accounts of agents, and of the guardians who are loaded."""
        subjects = self._journal.ids_by_reference("guardians")
        accounts = accounts_of_agents(self._journal.demo_town.read_demo_agents()) + [
            family_account(subjects[account.guardian], account.login, account.name)
            for account in self._plan.people.families.accounts
            if account.guardian in subjects
        ]
        for step, some in self._steps.undone_steps(what, accounts, ACCOUNTS_AT_ONCE):
            client.ask(open_accounts, OpenAccountsRequest(list(some)), deadline=LOAD_SECONDS)
            self._journal.note_step_done(step)

    def _load_tariffs_of_providers(self, client: Client) -> None:
        """Give each provider its tariffs, before its places are counted."""
        for step, (code,) in self._steps.undone_steps(
            "tariffs", self._plan.providers_with_prices, 1
        ):
            to, request = self._plan.principal(code), self._plan.tariffs.tariff_request_of(code)
            client.ask(tariffs.import_tariffs, request, to=to, deadline=LOAD_SECONDS)
            self._journal.note_step_done(step)

    def _load_schools(self, client: Client) -> None:
        """Give each provider that enrols the schools and classes in which the children are."""
        for step, (code,) in self._steps.undone_steps(
            "schools", self._plan.providers_enrolling_at_schools, 1
        ):
            to, request = self._plan.principal(code), self._plan.schools()
            client.ask(schools.import_schools, request, to=to, deadline=LOAD_SECONDS)
            self._journal.note_step_done(step)

    def _load_quotients(self, client: Client, what: str) -> None:
        """Send what the households that are loaded say of their quotient."""
        homes = self._journal.ids_by_reference("homes")
        declared = [
            quotient_of_line(self._plan.people.homes[each], home) for each, home in homes.items()
        ]
        rows = [each for each in declared if each]
        for step, some in self._steps.undone_steps(what, rows, QUOTIENTS_AT_ONCE):
            request = quotients.ImportQuotientsRequest(list(some))
            client.ask(quotients.import_quotients, request, deadline=LOAD_SECONDS)
            self._journal.note_step_done(step)

    # What providers offer, and who comes

    def _load_first_places(self, client: Client, code: str) -> None:
        """Give a provider its offer, and the children of the first family their places."""
        self._load_offer(client, code)
        families, ids = self._plan.people.families, self._journal.ids_by_reference("children")
        (first, *_), _ = families.whole_and_second_households()
        mine = {ids[child["reference"]] for child in first["children"]}
        # Who gets a place where there are too few depends on all, loaded or not.
        homes = families.households
        unloaded = {each["reference"]: "" for home in homes for each in home["children"]}
        places_of_all = self._places_for(code, children_of_families(families, unloaded | dict(ids)))
        wanted = [each for each in places_of_all if each["child_id"] in mine]
        self._give_places(client, code, f"first places {code}", wanted)

    def _load_term(self, client: Client, code: str) -> None:
        """Give a provider its offer, the children their places and the days gone by."""
        self._load_offer(client, code)
        wanted = self._places_for(code, self._plan.children)
        self._give_places(client, code, f"places {code}", wanted)
        to = self._plan.principal(code)
        past = list(parts_of_sheets(self._plan.past_attendance(code)))
        for step, ((_, part),) in self._steps.undone_steps(
            f"attendance {code}", list(enumerate(past)), 1
        ):
            asked = attendance.ImportAttendanceRequest(part)
            client.ask(attendance.import_attendance, asked, to=to, deadline=LOAD_SECONDS)
            self._journal.note_step_done(step)

    def _load_offer(self, client: Client, code: str) -> None:
        to, wanted = self._plan.principal(code), self._plan.offer.activities(code)
        for step, activities in self._steps.undone_steps(f"offer {code}", wanted, 50):
            asked = imports.ImportOfferRequest(activities=list(activities))
            answer = client.ask(imports.import_offer, asked, to=to, deadline=LOAD_SECONDS)
            self._journal.note_step_done(step, groups=answer.groups)

    def _places_for(self, code: str, children: Sequence[Child]) -> list[imports.ImportedPlace]:
        """Return the places that these children have at a provider."""
        offer = self._plan.offer
        since = offer.first_day if self._journal.demo_town.lived else self._journal.day
        return offer.places_at_start(code, children, since)

    def _give_places(
        self, client: Client, code: str, what: str, wanted: Sequence[imports.ImportedPlace]
    ) -> None:
        for step, some in self._steps.undone_steps(what, wanted, PLACES_AT_ONCE):
            _give_places_once_known(client, self._plan.principal(code), list(some))
            self._journal.note_step_done(step)

    def _load_past_years(self, client: Client, code: str) -> None:
        """Bring in what a provider's children did in other years, and what was paid for it."""
        names = self._plan.first_names()
        for back in range(1, YEARS + 1):
            year = PastYear(self._plan.offer, code, self._plan.children, back)
            what = f"{year.school_year} {code}"
            for step, some in self._steps.undone_steps(
                f"courses {what}", year.history_lines(), COURSES_AT_ONCE
            ):
                client.ask(
                    activity_history_requests.import_history,
                    activity_history_requests.ImportHistoryRequest(year.batch_name, list(some)),
                    deadline=LOAD_SECONDS,
                )
                self._journal.note_step_done(step)
            reckoning, homes = (
                self._plan.make_reckoning(code),
                self._journal.ids_by_reference("homes"),
            )
            rows = list(year.bills_with_payments(reckoning, homes, names))
            for step, pairs in self._steps.undone_steps(
                f"past bills {what}", rows, PAST_BILLS_AT_ONCE
            ):
                request = past_bills.ImportPastBillsRequest(
                    year.batch_name,
                    code,
                    bills=[bill for bill, _ in pairs],
                    payments=[payment for _, payment in pairs],
                )
                client.ask(past_bills.import_past_bills, request, deadline=LOAD_SECONDS)
                self._journal.note_step_done(step)

    # Bills

    def _bill_past_months(self) -> None:
        """
        Let months that are over be billed, in the small town the first of one provider.

        The latest of the large town is billed by its régisseurs themselves
        (deploy/demo/life/latest_month.py).
        """
        first = f"{self._plan.offer.first_day:%Y-%m}"
        with ops_client(self._applied) as client:
            for code in self._plan.providers_with_offer:
                past = self._plan.past_attendance(code)
                wanted = self._plan.months_over(code)[:-1]
                if not self._journal.demo_town.lived:
                    wanted = [first] if code == BILLED_PROVIDER and past else []
                for account in self._plan.regies(code):
                    for step, (month,) in self._steps.undone_steps(
                        f"bills {account['code']}", wanted, 1
                    ):
                        rows = sum(f"{sheet['day']:%Y-%m}" == month for sheet in past)
                        _bill_month(client, account["code"], month, rows)
                        self._journal.note_step_done(step)


def sign_ins(applied: Applied) -> Iterable[tuple[str, str, str]]:
    """Return where to sign in as whom: (address, who, login)."""
    yield portal_url(applied), "Claire Lefèvre, a parent", "claire.lefevre@example.org"
    urls, register = office_urls(applied), applied.register_in_force() or {"providers": []}
    labels = {row["code"]: row["label"] for row in register["providers"]}
    labels[FRONT_DESK] = (register.get("front_desk") or {}).get("label", "")
    for agent in journal_of_instance(applied.instance).demo_town.read_demo_agents():
        if agent.provider in urls:
            roles = ", ".join(agent.roles)
            who = f"{agent.name}, {labels[agent.provider]} ({roles})"
            yield urls[agent.provider], who, agent.login


def _give_places_once_known(client: Client, to: str, held: list[imports.ImportedPlace]) -> None:
    """Ask until the children's files have come; raises FilesLate, PlacesRefused."""
    end = time.monotonic() + FILES_SECONDS
    asked = imports.ImportPlacesRequest(held)
    while True:
        answer = client.ask(imports.import_places, asked, to=to, deadline=LOAD_SECONDS)
        if answer.refused:
            raise PlacesRefused(f"{to}: {answer.refused[0]['group']}: {answer.refused[0]['why']}")
        if not answer.waiting:
            return
        if time.monotonic() > end:
            raise FilesLate(f"{to} has not received the files of its children")
        time.sleep(0.5)


def _bill_month(client: Client, regie_code: str, month: str, rows: int) -> None:
    """
    Let a régie have billed a month; raises BillsLate, HouseholdsFailed.

    `rows` counts its provider's sheets of that month, which travel for a moment.
    """
    end = time.monotonic() + BILLS_SECONDS
    while True:
        asked = client.ask(
            regie_runs.bill_demo_month,
            regie_runs.BillDemoMonthRequest(regie_code, month, rows),
            deadline=LOAD_SECONDS,
        )
        if asked.state == regie_runs.ISSUED:
            if asked.failed:
                raise HouseholdsFailed(regie_code, month, asked.failed)
            return
        if time.monotonic() > end:
            raise BillsLate(f"{month} was not billed: {asked.state}")
        time.sleep(0.5)


def parts_of_sheets(
    past: Iterable[attendance.ImportedSheet],
) -> Iterator[list[attendance.ImportedSheet]]:
    """Yield sheets in parts of so many, and so many lines, as a message holds."""
    part: list[attendance.ImportedSheet] = []
    lines = 0
    for sheet in past:
        lines += len(sheet["lines"])
        if part and (len(part) == SHEETS_AT_ONCE or lines > LINES_AT_ONCE):
            yield part
            part, lines = [], len(sheet["lines"])
        part.append(sheet)
    if part:
        yield part


def _merge_ids(some: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {key: value for each in some for key, value in each.items()}
