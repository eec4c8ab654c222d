"""Requests to a grown town, and the processor time of those who answer, in milliseconds."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout, suppress
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
from shared.dates.clock import today
from shared.register.entitlement import CARE_CORE

WINDOWS, WRITES, PAGES = 7, 20, 15
WARM_UP = 5
CALL_SECONDS, MENDED_SECONDS, LONGEST_SECONDS = 60.0, 20.0, 60.0
LOOK_SECONDS = 0.004
LOST = 10
ROW = tuple_(StoredProjection.child_id, StoredProjection.projection)
NAMES = ("lefevre camille", "martin", "dupuis jules", "moreau", "bernadette")
"""Typed at a counter: names that are there often, once, and not at all."""
COMMON = ("martin", "moreau")
"""Those of them that fill the front desk's page in a small town too: as many people are shown."""
NOBODY, LETTER = "bernadette", "m"
"""No child of this name is at a desk; more than a page begin so, in a small town too."""

Say = Callable[[str], None]
Costs = dict[str, float]


def measure(town: GrownTown, say: Say) -> tuple[Costs, float]:
    """Return the costs, and the seconds until ten rows that were lost are there again."""
    say("sections")
    costs = {"a section, until its replica holds it": _section(town)}
    say("front desk")
    costs |= _front_desk(town)
    say("lost rows")
    costs["ten lost rows mended"], seconds = _mending(town)
    for principal in town.processes:
        town.ground.stop([town.processes[principal]])
    say("pages")
    _leave_town_to_itself()
    with redirect_stdout(StringIO()):  # where pages in this process write their log
        costs |= _desk(town) | _portal(town)
    return costs, seconds


def _leave_town_to_itself() -> None:
    """
    Keep the collector of this process from walking what laid the town, as services freeze theirs.

    Of 100,000 children it would walk all that was laid, in the midst of a page.
    """
    gc.collect()
    gc.freeze()


def _section(town: GrownTown) -> float:
    """Write a section of one child after another, each until its provider holds it."""
    processor = town.processor("dossier", PRINCIPAL)
    with town.town.client("portal") as client:
        written = _writes(town, client)
        for _ in range(WRITES):
            next(written)
        return _median(processor, WINDOWS, WRITES, lambda: next(written))


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


def _front_desk(town: GrownTown) -> Costs:
    """Search by name, and open a household, as the counter's pages ask the dossier."""
    processor = town.processor("dossier")
    token = town.token(introduce_agent("counter"), "front_desk", "agent")
    homes = cycle(town.homes)
    with town.town.client("front_desk") as client:

        def searches(names: Sequence[str]) -> float:
            typed = cycle(names)

            def search() -> None:
                asked = front_desk.FindDossiersRequest(query=next(typed))
                client.ask(front_desk.find_dossiers, asked, token=token, deadline=CALL_SECONDS)

            search()
            return _median(processor, WINDOWS, len(NAMES), search)

        def open_household() -> None:
            asked = front_desk.OpenDossierRequest(household_id=_open_home(homes))
            client.ask(front_desk.open_dossier, asked, token=token, deadline=CALL_SECONDS)

        return {
            "a search at the front desk, five names as typed": searches(NAMES),
            "a search at the front desk that shows as many": searches(COMMON),
            "a household at the front desk": _median(processor, WINDOWS, WRITES, open_household),
        }


def _open_home(homes: Iterator[Any]) -> str:
    """Return the next household that is not protected, of which a desk knows nothing."""
    return next(home.id for home in homes if home.place % 100)


def _mending(town: GrownTown) -> tuple[float, float]:
    """
    Lose ten rows of the replica; return what mending costs, and how long it takes.

    The call goes on to compare other facts: it is waited for, so that none of it counts in what is
    lost next.
    """
    processor = town.processor("dossier", PRINCIPAL)
    spent, seconds = [], []
    with town.town.client("ops") as client, ThreadPoolExecutor() as pool:
        for some in (town.homes[at : at + LOST] for at in range(0, WINDOWS * LOST, LOST)):
            keys = [(home.children[0].id, CARE_CORE) for home in some]
            with replica.write() as write:
                write.execute(delete(StoredProjection).where(ROW.in_(keys)))
            start = time.monotonic()
            with processor.spent() as mending:
                answered = pool.submit(_resync, client)
                _wait(lambda keys=keys: _there(keys) == LOST)  # type: ignore[misc]
            seconds.append(time.monotonic() - start)
            spent.append(mending.seconds * 1000)
            answered.result()
    return statistics.median(spent), statistics.median(seconds)


def _resync(client: Client) -> None:
    """Ask for what `preau resync` asks."""
    with suppress(NoAnswer):
        asked = operations.ResyncRequest()
        client.ask(operations.resync, asked, to=PRINCIPAL, deadline=MENDED_SECONDS)


def _there(keys: Sequence[tuple[str, str]]) -> int:
    with replica.read() as read:
        found = select(func.count()).select_from(StoredProjection).where(ROW.in_(keys))
        return read.scalar(found) or 0


def _desk(town: GrownTown) -> Costs:
    """Open pages of the school service's desk, in this process."""
    browser = create_desk(town.town.settings(PRINCIPAL)).test_client()
    browser.set_cookie(f"{PRINCIPAL}_session", session_of_lead())
    names = cycle(NAMES)
    nobody, letter = f"/enfants?q={NOBODY}", f"/enfants?q={LETTER}"
    week = f"/planning?groupe={town.group}&semaine={today()}"
    return {
        "a search at a desk, five names as typed": _pages(
            town, browser, lambda: f"/enfants?q={next(names)}"
        ),
        "a search at a desk that finds nobody": _pages(town, browser, lambda: nobody),
        "a search at a desk that shows as many": _pages(town, browser, lambda: letter),
        "a desk's list of children": _pages(town, browser, lambda: "/enfants"),
        "a desk's week of 165 children": _pages(town, browser, lambda: week),
    }


def _portal(town: GrownTown) -> Costs:
    """Open pages of families with ten years behind them, in this process."""
    browser = create_portal(town.town.settings("portal")).test_client()
    families = cycle(town.families)

    def home() -> str:
        name, _, secret = next(families).cookie.partition("=")
        browser.set_cookie(name, secret)
        return "/"

    return {"a family's first page": _pages(town, browser, home)}


def _pages(town: GrownTown, browser: Any, address: Callable[[], str]) -> float:
    processor = town.processor()

    def opened() -> None:
        assert browser.get(address()).status_code in (200, 302)

    for _ in range(WARM_UP):
        opened()
    return _median(processor, WINDOWS, PAGES, opened)


def _median(processor: Processor, windows: int, times: int, act: Callable[[], None]) -> float:
    """Return the milliseconds of one act: of several windows the one in the middle."""
    found = []
    for _ in range(windows):
        with processor.spent() as spent:
            for _ in range(times):
                act()
        found.append(spent.seconds * 1000 / times)
    return statistics.median(found)


def _wait(there: Callable[[], bool]) -> None:
    wait_until("it is there", there, LONGEST_SECONDS, LOOK_SECONDS)
