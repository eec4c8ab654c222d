"""
A demonstration's invented people, sent through the services' own interfaces.

Only where the town file says `demo: true`: elsewhere the broker has no binding for it. Each step
may be repeated, and is noted in the journal when it is done.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from deploy.applied import Applied
from deploy.client import ops
from deploy.demo.invented.past_years import YEARS, PastYear
from deploy.demo.invented.people import accounts_of, family_account
from deploy.demo.invented.tariffs import address, quotient
from deploy.demo.journal import Journal, journal_of
from deploy.demo.life import person_requests
from deploy.demo.life.acting import Pages
from deploy.demo.life.month import live
from deploy.demo.life.steps import Say, Steps
from deploy.demo.plan import Plan
from deploy.processes.wanted import office_urls, portal_url
from shared.bus.client import Client
from shared.contracts import identity
from shared.contracts.billing import bills, past_bills, regie_runs
from shared.contracts.dossier import activity_history as histories
from shared.contracts.dossier import dossier
from shared.contracts.enrolment import attendance, places, tariffs
from shared.register.declarations import FRONT_DESK

HOUSEHOLDS_AT_ONCE = 20
CALLS_AT_ONCE = 4
ACCOUNTS_AT_ONCE = 50
QUOTIENTS_AT_ONCE = 400
PLACES_AT_ONCE = 25
SHEETS_AT_ONCE, LINES_AT_ONCE = 100, 800
"""Of attendance, in one request: a message has a size."""
COURSES_AT_ONCE, PAST_BILLS_AT_ONCE = 150, 100
LOAD_SECONDS = 60.0
FILES_SECONDS = 120.0
"""How long a provider may take until the files of its children have arrived."""
BILLS_SECONDS = 300.0
BILLED_PROVIDER = "ens"
"""Whose first month is billed already in the small town."""


class FilesLate(TimeoutError):
    """A provider never received the files of its children; the message names it."""


class BillsLate(TimeoutError):
    """The demo's past month was not billed in time; the message says how far it came."""


def load(applied: Applied, say: Say = lambda _what, _done, _all: None) -> None:
    """
    Send households, accounts, offers and places, tariffs and quotients, the months gone by.

    What was done before is not done again: repeating it changes nothing that was told since.
    """
    Loading(applied, journal_of(applied.instance), say).run()


class Loading:
    """One load of one instance, from wherever the last one broke off."""

    def __init__(self, applied: Applied, journal: Journal, say: Say) -> None:
        self._applied, self._journal = applied, journal
        self._plan, self._steps = Plan(applied, journal), Steps(journal, say)

    def run(self) -> None:
        """Do all that is not done."""
        with ops(self._applied) as client:
            self._households(client)
            self._accounts(client)
            self._prices(client)
            self._quotients(client)
            with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:  # providers do not wait for each other
                list(pool.map(lambda code: self._provider(client, code), self._plan.offering))
            self._bills(client)
        if (self._applied.current() or {}).get("front_desk"):
            with Pages(self._applied) as pages:
                person_requests.ask(self._plan, pages, self._steps)
        if self._journal.town.lived:
            live(self._applied, self._plan, self._steps)

    # People

    def _households(self, client: Client) -> None:
        def send(household: Mapping[str, Any]) -> Any:
            line = self._plan.people.homes[household["reference"]]
            return client.ask(
                dossier.import_household, deadline=LOAD_SECONDS, address=address(line), **household
            )

        whole, second = self._plan.people.families.by_home()
        with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
            for what, wanted in (("families", whole), ("second homes", second)):
                for step, some in self._steps.left(what, wanted, HOUSEHOLDS_AT_ONCE):
                    answers = list(pool.map(send, some))
                    self._journal.note(
                        step,
                        guardians=_joined(answer.guardians for answer in answers),
                        children=_joined(answer.children for answer in answers),
                        homes={
                            household["reference"]: answer.household_id
                            for household, answer in zip(some, answers, strict=True)
                        },
                    )

    def _accounts(self, client: Client) -> None:
        subjects = self._journal.ids("guardians")
        accounts = accounts_of(self._journal.town.agents()) + [
            family_account(subjects[account.guardian], account.login, account.name)
            for account in self._plan.people.families.accounts
        ]
        for step, some in self._steps.left("accounts", accounts, ACCOUNTS_AT_ONCE):
            client.ask(identity.open_accounts, deadline=LOAD_SECONDS, accounts=list(some))
            self._journal.note(step)

    def _prices(self, client: Client) -> None:
        """Give each provider its tariffs, before its places are counted."""
        for step, (code,) in self._steps.left("tariffs", self._plan.priced, 1):
            to, told = self._plan.principal(code), self._plan.tariffs.of(code)
            client.ask(tariffs.import_tariffs, to=to, deadline=LOAD_SECONDS, **told)
            self._journal.note(step)

    def _quotients(self, client: Client) -> None:
        homes = self._journal.ids("homes")
        said = [quotient(self._plan.people.homes[each], home) for each, home in homes.items()]
        told = [each for each in said if each]
        for step, some in self._steps.left("quotients", told, QUOTIENTS_AT_ONCE):
            client.ask(bills.import_quotients, deadline=LOAD_SECONDS, quotients=list(some))
            self._journal.note(step)

    # What providers offer, and who comes

    def _provider(self, client: Client, code: str) -> None:
        """Give a provider its offer, the children their places, days and years gone by."""
        to, offer = self._plan.principal(code), self._plan.offer
        for step, activities in self._steps.left(f"offer {code}", offer.activities(code), 50):
            found = client.ask(
                places.import_offer, to=to, deadline=LOAD_SECONDS, activities=list(activities)
            )
            self._journal.note(step, groups=found.groups)
        since = offer.first_day if self._journal.town.lived else self._journal.day
        wanted = offer.places(code, self._plan.children, since)
        for step, some in self._steps.left(f"places {code}", wanted, PLACES_AT_ONCE):
            _give(client, to, list(some))
            self._journal.note(step)
        past = list(_parts(self._plan.past(code)))
        for step, ((_, part),) in self._steps.left(f"attendance {code}", list(enumerate(past)), 1):
            client.ask(attendance.import_attendance, to=to, deadline=LOAD_SECONDS, sheets=part)
            self._journal.note(step)
        if self._journal.town.lived:
            self._past_years(client, code)

    def _past_years(self, client: Client, code: str) -> None:
        """Bring in what a provider's children did in other years, and what was paid for it."""
        names = self._plan.first_names()
        for back in range(1, YEARS + 1):
            year = PastYear(self._plan.offer, code, self._plan.children, back)
            what = f"{year.school_year} {code}"
            for step, some in self._steps.left(f"courses {what}", year.history(), COURSES_AT_ONCE):
                client.ask(
                    histories.import_history,
                    deadline=LOAD_SECONDS,
                    batch=year.batch,
                    lines=list(some),
                )
                self._journal.note(step)
            reckoning, homes = self._plan.reckoning(code), self._journal.ids("homes")
            told = list(year.bills(reckoning, homes, names))
            for step, pairs in self._steps.left(f"past bills {what}", told, PAST_BILLS_AT_ONCE):
                client.ask(
                    past_bills.import_past_bills,
                    deadline=LOAD_SECONDS,
                    batch=year.batch,
                    provider=code,
                    bills=[bill for bill, _ in pairs],
                    payments=[payment for _, payment in pairs],
                )
                self._journal.note(step)

    # Bills

    def _bills(self, client: Client) -> None:
        """
        Let months that are over be billed, in the small town the first of one provider.

        The latest of the large town is billed by its régisseurs themselves
        (deploy/demo/life/month.py).
        """
        first = f"{self._plan.offer.first_day:%Y-%m}"
        for code in self._plan.offering:
            past = self._plan.past(code)
            wanted = self._plan.months_over(code)[:-1]
            if not self._journal.town.lived:
                wanted = [first] if code == BILLED_PROVIDER and past else []
            for account in self._plan.regies(code):
                for step, (month,) in self._steps.left(f"bills {account['code']}", wanted, 1):
                    told = sum(f"{sheet['day']:%Y-%m}" == month for sheet in past)
                    _bill(client, account["code"], month, told)
                    self._journal.note(step)


def sign_ins(applied: Applied) -> Iterable[tuple[str, str, str]]:
    """Return where to sign in as whom: (address, who, login)."""
    yield portal_url(applied), "Claire Lefèvre, a parent", "claire.lefevre@example.org"
    urls, register = office_urls(applied), applied.current() or {"providers": []}
    labels = {row["code"]: row["label"] for row in register["providers"]}
    labels[FRONT_DESK] = (register.get("front_desk") or {}).get("label", "")
    for agent in journal_of(applied.instance).town.agents():
        if agent.provider in urls:
            roles = ", ".join(agent.roles)
            who = f"{agent.name}, {labels[agent.provider]} ({roles})"
            yield urls[agent.provider], who, agent.login


def _give(client: Client, to: str, wanted: list[dict[str, Any]]) -> None:
    """Ask until the children's files have come from the dossier; raises FilesLate."""
    end = time.monotonic() + FILES_SECONDS
    while client.ask(places.import_places, to=to, deadline=LOAD_SECONDS, places=wanted).waiting:
        if time.monotonic() > end:
            raise FilesLate(f"{to} has not received the files of its children")
        time.sleep(0.5)


def _bill(client: Client, regie_code: str, month: str, told: int) -> None:
    """
    Let a régie have billed a month; raises BillsLate.

    `told` are its provider's sheets of that month, which travel for a moment.
    """
    end = time.monotonic() + BILLS_SECONDS
    while True:
        asked = client.ask(
            regie_runs.bill_demo_month,
            deadline=LOAD_SECONDS,
            regie=regie_code,
            month=month,
            sheets=told,
        )
        if asked.state == regie_runs.ISSUED:
            return
        if time.monotonic() > end:
            raise BillsLate(f"{month} was not billed: {asked.state}")
        time.sleep(0.5)


def _parts(past: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield sheets in parts of so many, and so many lines, as a message holds."""
    part: list[dict[str, Any]] = []
    lines = 0
    for sheet in past:
        lines += len(sheet["lines"])
        if part and (len(part) == SHEETS_AT_ONCE or lines > LINES_AT_ONCE):
            yield part
            part, lines = [], len(sheet["lines"])
        part.append(sheet)
    if part:
        yield part


def _joined(some: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {key: value for each in some for key, value in each.items()}
