"""
A demonstration's invented people, sent through the services' own interfaces.

Only where the town file says `demo: true`: elsewhere the broker has no binding for it. Each step
may be repeated, and is noted in the journal when it is done.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from deploy.apply import Applied
from deploy.demo.attendance import sheets
from deploy.demo.journal import Journal, journal_of
from deploy.demo.offer import Child, Offer, children_of
from deploy.demo.people import accounts_of, family_account
from deploy.demo.tariffs import Tariffs, address, quotient
from deploy.demo.towns import SMALL, People
from deploy.operations import ops
from deploy.processes import office_urls
from shared.bus.client import Client
from shared.clock import now, today
from shared.contracts import attendance, bills, dossier, identity, places, regie, tariffs
from shared.declarations import FRONT_DESK

T = TypeVar("T")
Say = Callable[[str, int, int], None]
"""Called with what is being loaded, how much of it is done, and how much there is."""

HOUSEHOLDS_AT_ONCE = 20
CALLS_AT_ONCE = 4
ACCOUNTS_AT_ONCE = 50
QUOTIENTS_AT_ONCE = 400
PLACES_AT_ONCE = 25
LINES_AT_ONCE = 800
"""Lines of attendance in one request: a message has a size."""
LOAD_SECONDS = 60.0
FILES_SECONDS = 120.0
"""How long a provider may take until the files of its children have arrived."""
BILLS_SECONDS = 300.0


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
        self._journal, self._say = journal, say
        self._applied = applied
        register = applied.current() or {"town": {"school_year": ""}, "providers": []}
        school_year = register["town"]["school_year"]
        self._people: People = journal.town.people(journal.seed, int(school_year[:4] or 0))
        self._offer = Offer(school_year, now(), journal.town.offer)
        self._tariffs = Tariffs(register.get("communes", []), journal.town.tariffs)
        self._principals = {row["code"]: row["principal"] for row in register["providers"]}

    def run(self) -> None:
        """Do all that is not done."""
        with ops(self._applied) as client:
            self._households(client)
            self._accounts(client)
            self._prices(client)
            self._quotients(client)
            with ThreadPoolExecutor(
                CALLS_AT_ONCE
            ) as pool:  # each provider in its turn, all at once
                children = children_of(self._people.families, self._journal.ids("children"))
                list(pool.map(lambda code: self._provider(client, code, children), self._offering))
            self._bills(client, children)

    @property
    def _offering(self) -> list[str]:
        return [code for code in self._offer.providers if code in self._principals]

    # People

    def _households(self, client: Client) -> None:
        def send(household: Mapping[str, Any]) -> Any:
            line = self._people.homes[household["reference"]]
            return client.ask(
                dossier.import_household, deadline=LOAD_SECONDS, address=address(line), **household
            )

        wanted = self._people.families.households
        with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
            for step, some in self._steps("families", wanted, HOUSEHOLDS_AT_ONCE):
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
            for account in self._people.families.accounts
        ]
        for step, some in self._steps("accounts", accounts, ACCOUNTS_AT_ONCE):
            client.ask(identity.open_accounts, deadline=LOAD_SECONDS, accounts=list(some))
            self._journal.note(step)

    def _prices(self, client: Client) -> None:
        """Give each provider its tariffs, before its places are counted."""
        wanted = [code for code in self._tariffs.providers if code in self._principals]
        for step, (code,) in self._steps("tariffs", wanted, 1):
            told = self._tariffs.of(code)
            to = self._principals[code]
            client.ask(tariffs.import_tariffs, to=to, deadline=LOAD_SECONDS, **told)
            self._journal.note(step)

    def _quotients(self, client: Client) -> None:
        homes = self._journal.ids("homes")
        said = [quotient(self._people.homes[each], home) for each, home in homes.items()]
        told = [each for each in said if each]
        for step, some in self._steps("quotients", told, QUOTIENTS_AT_ONCE):
            client.ask(bills.import_quotients, deadline=LOAD_SECONDS, quotients=list(some))
            self._journal.note(step)

    # What providers offer, and who comes

    def _provider(self, client: Client, code: str, children: list[Child]) -> None:
        """Give a provider its offer, the children their places, and the days gone by."""
        to, offer = self._principals[code], self._offer
        for step, activities in self._steps(f"offer {code}", offer.activities(code), 50):
            client.ask(
                places.import_offer, to=to, deadline=LOAD_SECONDS, activities=list(activities)
            )
            self._journal.note(step)
        since = offer.first_day if self._journal.town.lived else today()
        wanted = offer.places(code, children, since)
        for step, some in self._steps(f"places {code}", wanted, PLACES_AT_ONCE):
            _give(client, to, list(some))
            self._journal.note(step)
        past = list(_parts(self._past(code, children)))
        for step, ((_, part),) in self._steps(f"attendance {code}", list(enumerate(past)), 1):
            client.ask(attendance.import_attendance, to=to, deadline=LOAD_SECONDS, sheets=part)
            self._journal.note(step)

    def _past(self, code: str, children: list[Child]) -> list[dict[str, Any]]:
        return list(sheets(self._offer, code, children, self._offer.first_day, today()))

    # Bills

    def _bills(self, client: Client, children: list[Child]) -> None:
        """Let months that are over be billed: in the small town, one of one provider."""
        first = f"{self._offer.first_day:%Y-%m}"
        for row in (self._applied.current() or {"providers": []})["providers"]:
            past = self._past(row["code"], children) if row["code"] in self._offering else []
            months = sorted({f"{sheet['day']:%Y-%m}" for sheet in past})
            over = [month for month in months if month < f"{today():%Y-%m}"]
            if self._journal.town.size == SMALL:
                over = [month for month in months if month == first and row["code"] == "ens"]
            for account in row["regies"]:
                wanted = [(account["code"], month) for month in over]
                for step, ((code, month),) in self._steps(f"bills {account['code']}", wanted, 1):
                    told = sum(f"{sheet['day']:%Y-%m}" == month for sheet in past)
                    _bill(client, code, month, told)
                    self._journal.note(step)

    def _steps(
        self, what: str, wanted: Sequence[T], at_once: int
    ) -> Iterator[tuple[str, Sequence[T]]]:
        """Yield the steps that are not done, and say how far it is before and after each."""
        for start in range(0, len(wanted), at_once):
            self._say(what, start, len(wanted))
            step = f"{what} {start}"
            if not self._journal.is_done(step):
                yield step, wanted[start : start + at_once]
        self._say(what, len(wanted), len(wanted))


def sign_ins(applied: Applied) -> Iterable[tuple[str, str, str]]:
    """Return where to sign in as whom: (address, who, login)."""
    yield applied.instance.portal_url, "Claire Lefèvre, a parent", "claire.lefevre@example.org"
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
            regie.bill_demo_month,
            deadline=LOAD_SECONDS,
            regie=regie_code,
            month=month,
            sheets=told,
        )
        if asked.state == regie.ISSUED:
            return
        if time.monotonic() > end:
            raise BillsLate(f"{month} was not billed: {asked.state}")
        time.sleep(0.5)


def _parts(past: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield sheets in parts of so many lines as a message holds, whole days of a group."""
    part: list[dict[str, Any]] = []
    for sheet in past:
        if part and sum(len(each["lines"]) for each in part) + len(sheet["lines"]) > LINES_AT_ONCE:
            yield part
            part = []
        part.append(sheet)
    if part:
        yield part


def _joined(some: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {key: value for each in some for key, value in each.items()}
