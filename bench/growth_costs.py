"""
Requests to a grown town, and the processor time of those who answer, in milliseconds.

One window of several requests is read at a time, when it is asked for: meanwhile another town has
its turn.
"""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout, suppress
from functools import partial
from io import StringIO
from itertools import count, cycle
from typing import Any

from sqlalchemy import delete, func, select, tuple_

from bench.canteen import session_of_lead
from bench.ground import wait_until
from bench.growth_town import PRINCIPAL, GrownTown, introduce_agent
from bench.processor import Processor
from services.enrolment.desk.app import create_app as create_desk
from services.enrolment.models import StoredProjection
from services.enrolment.store import store as replica
from services.portal_gateway.app import create_app as create_portal
from shared.bus.client import Client
from shared.contracts.dossier import front_desk, guardians
from shared.contracts.errors import NoAnswer
from shared.contracts.every_service import operations
from shared.contracts.message import Empty
from shared.contracts.values import OfHousehold
from shared.dates.clock import today
from shared.register.entitlement import CARE_CORE

WINDOWS, REQUESTS = 7, 15
CALL_SECONDS, MENDED_SECONDS, LONGEST_SECONDS = 60.0, 20.0, 60.0
LOOK_SECONDS = 0.004
LOST = 10
ROW = tuple_(StoredProjection.child_id, StoredProjection.projection)
NAMES = ("lefevre camille", "martin", "dupuis jules", "moreau", "bernadette")
"""Typed at a counter: names that are there often, once, and not at all."""
COMMON = ("martin", "moreau")
"""Names of NAMES that fill the front desk's page in a small town too: as many people are shown."""
NOBODY, LETTER = "bernadette", "m"
"""No child of this name is at a desk; more than a page begin so, in a small town too."""

CONTROL = "a request that reads nothing of the town (control)"
MENDED = "seconds until ten lost rows are mended"

Reading = tuple[str, float]
"""Name of what was done, and milliseconds of it; or seconds, where the name says so."""


def readings(town: GrownTown) -> Iterator[Reading]:
    """Give one reading of several after another, each made when it is asked for."""
    yield from _control(town)
    yield from _section(town)
    yield from _front_desk(town)
    yield from _mending(town)
    for principal in town.processes:
        town.ground.stop([town.processes[principal]])
    _leave_town_to_itself()
    with redirect_stdout(StringIO()):  # where pages in this process write their log
        yield from _desk(town)
        yield from _portal(town)


def _leave_town_to_itself() -> None:
    """
    Keep the collector of this process from walking what laid the town, as services freeze theirs.

    Of 100,000 children it would walk all that was laid, in the midst of a page.
    """
    gc.collect()
    gc.freeze()


def _control(town: GrownTown) -> Iterator[Reading]:
    """Ask what costs the same in any town: what it bends is the machine's and the bench's."""
    with town.town.client("ops") as client:
        ask = partial(client.ask, operations.health, Empty(), to="dossier", deadline=CALL_SECONDS)
        yield from _windows(CONTROL, town.processor("dossier"), ask)


def _section(town: GrownTown) -> Iterator[Reading]:
    """Write a section of one child after another, each until its provider holds it."""
    processor = town.processor("dossier", PRINCIPAL)
    with town.town.client("portal") as client:
        write = partial(next, _writes(town, client))
        yield from _windows("a section, until its replica holds it", processor, write)


def _writes(town: GrownTown, client: Client) -> Iterator[None]:
    tokens = {one.guardian: town.token(one.guardian, "portal", "family") for one in town.children}
    for number, child in zip(count(), cycle(town.children)):
        version = 1 + number // len(town.children)
        held = _versions(child.id)
        client.ask(
            guardians.write_section,
            guardians.WriteSectionRequest(child.id, "contacts", version, _contacts(number)),
            token=tokens[child.guardian],
            deadline=CALL_SECONDS,
        )
        _wait(lambda child=child, held=held: _versions(child.id) > held)  # type: ignore[misc]
        yield


def _contacts(number: int) -> dict[str, Any]:
    person = {"name": "Claire Lefèvre", "relation": "mère", "phone": f"06{10_000_000 + number}"}
    return {"people": [person]}


def _versions(child_id: str) -> int:
    versions = func.sum(StoredProjection.version)
    with replica.read() as read:
        return read.scalar(select(versions).where(StoredProjection.child_id == child_id)) or 0


def _front_desk(town: GrownTown) -> Iterator[Reading]:
    """Search by name, and open a household, as the counter's pages ask the dossier."""
    processor = town.processor("dossier")
    token = town.token(introduce_agent("counter"), "front_desk", "agent")
    with town.town.client("front_desk") as client:
        ask = partial(client.ask, token=token, deadline=CALL_SECONDS)
        for what, names in (("five names as typed", NAMES), ("that shows as many", COMMON)):
            typed = (front_desk.FindDossiersRequest(query=each) for each in cycle(names))
            search = partial(_ask_next, ask, front_desk.find_dossiers, typed)
            yield from _windows(f"a search at the front desk, {what}", processor, search)
        homes = (OfHousehold(household_id=each) for each in _open_homes(town))
        open_household = partial(_ask_next, ask, front_desk.open_dossier, homes)
        yield from _windows("a household at the front desk", processor, open_household)


def _ask_next(ask: Callable[..., Any], method: Any, requests: Iterator[Any]) -> None:
    ask(method, next(requests))


def _open_homes(town: GrownTown) -> Iterator[str]:
    """Give households that are not protected, of which a desk knows nothing."""
    return (home.id for home in cycle(town.homes) if home.place % 100)


def _mending(town: GrownTown) -> Iterator[Reading]:
    """
    Lose ten rows of the replica; give what mending costs, and how long it takes.

    The call goes on to compare other facts: it is waited for, so that none of it counts in what is
    lost next.
    """
    processor = town.processor("dossier", PRINCIPAL)
    with town.town.client("ops") as client, ThreadPoolExecutor() as pool:
        for some in (town.homes[at : at + LOST] for at in range(0, WINDOWS * LOST, LOST)):
            keys = [(home.children[0].id, CARE_CORE) for home in some]
            with replica.write() as write:
                write.execute(delete(StoredProjection).where(ROW.in_(keys)))
            start = time.monotonic()
            with processor.spent() as mending:
                answered = pool.submit(_resync, client)
                _wait(lambda keys=keys: _there(keys) == LOST)  # type: ignore[misc]
            seconds = time.monotonic() - start
            answered.result()
            yield "ten lost rows mended", mending.seconds * 1000
            yield MENDED, seconds


def _resync(client: Client) -> None:
    """Ask for what `preau resync` asks."""
    with suppress(NoAnswer):
        asked = operations.ResyncRequest()
        client.ask(operations.resync, asked, to=PRINCIPAL, deadline=MENDED_SECONDS)


def _there(keys: Sequence[tuple[str, str]]) -> int:
    with replica.read() as read:
        found = select(func.count()).select_from(StoredProjection).where(ROW.in_(keys))
        return read.scalar(found) or 0


def _desk(town: GrownTown) -> Iterator[Reading]:
    """Open pages of the school service's desk, in this process."""
    browser = create_desk(town.town.settings(PRINCIPAL)).test_client()
    browser.set_cookie(f"{PRINCIPAL}_session", session_of_lead())
    week = f"/planning?groupe={town.group}&semaine={today()}"
    for what, addresses in (
        ("a search at a desk, five names as typed", [f"/enfants?q={each}" for each in NAMES]),
        ("a search at a desk that finds nobody", [f"/enfants?q={NOBODY}"]),
        ("a search at a desk that shows as many", [f"/enfants?q={LETTER}"]),
        ("a desk's list of children", ["/enfants"]),
        ("a desk's week of 165 children", [week]),
    ):
        yield from _windows(what, town.processor(), partial(_open, browser, cycle(addresses)))


def _portal(town: GrownTown) -> Iterator[Reading]:
    """Open pages of families with ten years behind them, in this process."""
    browser = create_portal(town.town.settings("portal")).test_client()

    def homes() -> Iterator[str]:
        for family in cycle(town.families):
            name, _, secret = family.cookie.partition("=")
            browser.set_cookie(name, secret)
            yield "/"

    yield from _windows("a family's first page", town.processor(), partial(_open, browser, homes()))


def _open(browser: Any, addresses: Iterator[str]) -> None:
    assert browser.get(next(addresses)).status_code in (200, 302)


def _windows(what: str, processor: Processor, act: Callable[[], object]) -> Iterator[Reading]:
    """Give the milliseconds of one act in several windows, once it was done as often unread."""
    for _ in range(REQUESTS):
        act()
    for _ in range(WINDOWS):
        with processor.spent() as spent:
            for _ in range(REQUESTS):
                act()
        yield what, spent.seconds * 1000 / REQUESTS


def _wait(there: Callable[[], bool]) -> None:
    wait_until("it is there", there, LONGEST_SECONDS, LOOK_SECONDS)
