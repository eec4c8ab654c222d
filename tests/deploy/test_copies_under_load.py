"""
Copies made while eight write and each service stands still in turn: every one, restored, is whole.

`make copies COPIES=20` makes that many of each kind of town; at night it is as many as services.
"""

import itertools
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import pytest

from deploy.demo.invented.account_holders import family_account
from deploy.engines.town_engines import CLUSTER, FILES, POSTGRESQL
from deploy.instance.instance import ENGINES_FILE
from deploy.processes.ops_requests import ops_client, service_principals
from shared.bus.client import Client
from shared.contracts.dossier import guardians
from shared.contracts.dossier.families import imported_households
from shared.contracts.enrolment import attendance
from shared.contracts.enrolment.places import imports
from shared.contracts.errors import Refusal
from shared.contracts.identity import accounts, sign_ins
from shared.contracts.message import Method
from shared.dates.clock import now, today
from shared.register import Register
from shared.runtime.ids import new_id
from shared.settings import Settings
from tests.deploy.one_family import COPIED_IN_CLEAR, stops
from tests.factories.dossier import address, child, guardian, household
from tests.journeys.databases import found
from tests.journeys.town import PASSWORD, DemoTown
from tests.ports import PORT_BASE

THREE_NODES = "three-nodes"
COPIES = int(os.environ.get("PREAU_TEST_COPIES", "7"))
KINDS = os.environ.get("PREAU_TEST_COPIED", f"{FILES},{POSTGRESQL},{THREE_NODES}").split(",")
FAMILIES = 6
STANDS_STILL = 2.0
"""Seconds for which a service is stopped, from the beginning of a copy on."""
SIGNED_IN = 240.0
"""Seconds for which a token is used; it is good for five minutes."""
REFERENCE = "copied-group"
MENUS = ("vegetarian", "no_pork")

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(3600)]

Act = Callable[[int], None]
A = TypeVar("A")


def login(number: int) -> str:
    return f"family.{number}@example.org"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give where copies and homes may lie."""
    folder = Path(tempfile.mkdtemp(prefix="preau-load-"))
    folder.chmod(0o711)  # PostgreSQL runs as a user of its own
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=KINDS)
def town(request: pytest.FixtureRequest, folder: Path) -> Iterator[DemoTown]:
    """Give a running town with some families, on each kind of engines."""
    town = home_of(folder / "town", request.param, PORT_BASE + 300)
    try:
        town.start()
        settle_families(town)
        yield town
    finally:
        town.remove()


def home_of(home: Path, kind: str, port_base: int) -> DemoTown:
    """Return a town that has no data yet."""
    town = DemoTown(home / "var", port_base, clustered=kind == THREE_NODES)
    town.instance.home.mkdir(parents=True)
    own = CLUSTER if kind == THREE_NODES else kind
    engines = f"own: {own}\n{COPIED_IN_CLEAR}"
    (town.instance.home / ENGINES_FILE).write_text(engines, "utf-8")
    return town


def settle_families(town: DemoTown) -> None:
    """Bring six families, each with a child whom both providers have, and a group."""
    with ops_client(town.applied) as client:
        for number in range(FAMILIES):
            parent = guardian(f"Parent {number}")
            manon = child([parent])
            family = household(manon, guardians=[parent], address=address())
            request = imported_households.ImportHouseholdRequest(**family)
            known = client.ask(imported_households.import_household, request, deadline=30.0)
            account = family_account(
                known.guardians[parent["reference"]], login(number), parent["name"]
            )
            opened = accounts.OpenAccountsRequest([account])
            client.ask(accounts.open_accounts, opened, deadline=30.0)
        offer = imports.ImportOfferRequest(activities=[activity()])
        client.ask(imports.import_offer, offer, to="enrolment_ens", deadline=30.0)


def activity() -> Any:
    """Return an activity that begins today: attendance of earlier days is another software's."""
    year = today().year if today().month >= 9 else today().year - 1
    group = {
        "reference": REFERENCE,
        "label": "Groupe",
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "starts": "12:00",
        "ends": "13:00",
        "first_day": today(),
        "last_day": today() + timedelta(days=30),
        "runs_in": "always",
        "places": None,
    }
    return {
        "reference": REFERENCE,
        "code": "canteen",
        "label": "Cantine",
        "site": "École",
        "school_year": f"{year}-{year + 1}",
        "booking": "whole",
        "allocation": "order",
        "opens_at": now() - timedelta(days=1),
        "book_before": "0@11:00",
        "cancel_before": "0@11:00",
        "groups": [group],
    }


@contextmanager
def eight_write(town: DemoTown) -> Iterator[None]:
    """Let six families and two operators write as fast as it goes, while it lasts."""
    over = Event()

    def write(act: Act) -> int:
        done = 0
        for number in itertools.count():
            if over.is_set():
                break
            with suppress(Refusal):  # its service stands still, or another was quicker
                act(number)
                done += 1
        return done

    portal = Client(Settings.from_env(town.applied.environment_of_principal("portal")))
    families = [Family(portal, login(number)) for number in range(FAMILIES)]
    with (
        closing(portal),
        ops_client(town.applied) as ops,
        ThreadPoolExecutor(FAMILIES + 2) as pool,
    ):
        writers = [
            *(eating(family) for family in families[:3]),
            *(moving(family) for family in families[3:]),
            attending(ops, families[0]),
            opening_accounts(ops),
        ]
        writing = [pool.submit(write, each) for each in writers]
        try:
            yield
        finally:
            over.set()
        acts = [each.result() for each in writing]
    print(f"acts of each writer: {acts}")
    assert all(acts)


class Family:
    """A guardian who is signed in, and signs in again before the token is over."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._login = name
        self._token, self._until = "", 0.0

    def ask(self, method: Method[Any, A], **payload: Any) -> A:
        """Ask as this guardian; raises a Refusal."""
        if time.monotonic() > self._until:
            request = sign_ins.SignInRequest(self._login, PASSWORD)
            self._token = self._client.ask(sign_ins.sign_in, request, deadline=20.0).token
            self._until = time.monotonic() + SIGNED_IN
        return self._client.ask(method, method.request(**payload), token=self._token)

    def own(self) -> guardians.MyChildrenAnswer:
        """Return the guardian's households and children, however busy the machine is."""
        while True:
            with suppress(Refusal):
                return self.ask(guardians.my_children)


def eating(family: Family) -> Act:
    """Let a guardian say one diet, then another: to both providers."""
    section = {"child_id": family.own().children[0]["id"], "section": "diet"}

    def act(turn: int) -> None:
        base = family.ask(guardians.read_section, **section).version
        content = {"menu": MENUS[turn % 2], "without": []}
        family.ask(guardians.write_section, **section, base_version=base, content=content)

    return act


def moving(family: Family) -> Act:
    """Let a guardian say where the household lives: to billing."""
    home = family.own().households[0]
    place = {"postcode": "28000", "insee": "", "commune": "Ailleurs", "valid_from": today()}

    def act(turn: int) -> None:
        base = family.ask(guardians.my_household, household_id=home).version
        moved = {"household_id": home, "base_version": base, "street": f"{turn} rue Haute"}
        family.ask(guardians.move_household, **moved, **place)

    return act


def attending(ops: Client, family: Family) -> Act:
    """Bring in one day more of a group, further back: quantities for billing."""
    line: attendance.ImportedLine = {
        "child_id": family.own().children[0]["id"],
        "outcome": "present",
        "quantity": 1,
    }

    def act(turn: int) -> None:
        day = today() - timedelta(days=1 + turn)
        sheet: attendance.ImportedSheet = {"group": REFERENCE, "day": day, "lines": [line]}
        request = attendance.ImportAttendanceRequest([sheet])
        ops.ask(attendance.import_attendance, request, to="enrolment_ens")

    return act


def opening_accounts(ops: Client) -> Act:
    """Open one account more: identity says so to the dossier, billing and the portal."""

    def act(_turn: int) -> None:
        subject = new_id()
        account = family_account(subject, f"{subject}@example.org", "Une autre")
        ops.ask(accounts.open_accounts, accounts.OpenAccountsRequest([account]))

    return act


@contextmanager
def stands_still(town: DemoTown, process: str) -> Iterator[None]:
    """Stop a process where it stands, and let it go on after a while, whatever is done then."""
    pid = town.pid(process)
    with ThreadPoolExecutor(1) as pool:
        os.kill(pid, signal.SIGSTOP)

        def goes_on() -> None:
            time.sleep(STANDS_STILL)
            os.kill(pid, signal.SIGCONT)

        going = pool.submit(goes_on)
        try:
            yield
        finally:
            going.result()


def never_heard(town: DemoTown) -> list[str]:
    """Return events of a restored town that were sent and are in no inbox of a subscriber."""
    register = Register(town.instance.register_path).now
    names = service_principals(town.applied)
    inboxes = {name: column(town, name, "SELECT id FROM inbox") for name in names}
    sent: Mapping[str, list[Any]] = {name: found(town, name, SENT) for name in names}
    return [
        f"{row.key} of {row.source} at {row.consumer}: {id_}"
        for row in register.deliveries
        if row.consumer in inboxes
        for id_, key in sent.get(row.source, [])
        if key == row.key and f"{row.source}:{id_}" not in inboxes[row.consumer]
    ]


SENT = "SELECT id, key FROM sent"


def column(town: DemoTown, principal: str, query: str) -> set[str]:
    return {row[0] for row in found(town, principal, query)}


def test_each_copy_that_is_made_under_load_has_lost_nothing_once_it_is_restored(
    town: DemoTown, folder: Path, request: pytest.FixtureRequest
) -> None:
    kind = request.node.callspec.params["town"]
    services = service_principals(town.applied)
    copies = [folder / f"copy-{number}" for number in range(COPIES)]
    with eight_write(town):
        for copy, service in zip(copies, itertools.cycle(services)):
            with stands_still(town, service):
                town.preau("backup", str(copy), "--wait", "120")
            print(f"{copy.name}, made while {service} stood still", flush=True)
    stops(town)

    lost, facts = {}, []
    for copy in copies:
        other = home_of(folder / f"home-{copy.name}", kind, PORT_BASE + 300)
        try:
            said = other.preau("restore", str(copy), ok=False)
            if kind != FILES:
                other.applied.engines_of_town.own_database_server.start()
            heard = never_heard(other)
            if said.returncode or heard:
                lost[copy.name] = [said.stdout + said.stderr, *heard]
            facts.append(int(said.stdout.splitlines()[1].split()[0]) if not said.returncode else 0)
        finally:
            other.remove()
        shutil.rmtree(copy)
        print(f"{kind}, {copy.name}: {facts[-1]} facts, lost: {lost.get(copy.name)}", flush=True)

    assert lost == {}
    assert facts == sorted(facts) and facts[0] < facts[-1]
