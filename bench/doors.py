"""
The doors while strangers knock: wrong passwords at the portal, 50 a second from 500 addresses.

Meanwhile people sign in with the right one: on devices that identity knows, which wait for nobody,
and on new ones, whose page comes back by itself. The portal is served as in a town; strangers and
people share this machine's cores. Before it, what a sign-in costs beside a bare hash.
"""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from matplotlib.figure import Figure

from bench.doors_clients import (
    ASKED_TO_WAIT,
    PASSWORD,
    UNAVAILABLE,
    Browser,
    Tried,
    home,
    people,
    sign_in,
    strangers,
)
from bench.ground import ground
from bench.pages import serve
from bench.report import Report, at_least, below
from bench.town import Town
from services.identity.accounts.rules import account_kinds, passwords
from services.identity.models import Account
from services.identity.store import store
from shared.dates.clock import now
from shared.runtime.ids import new_id

NAME = "doors"
SERVICES = ("identity", "portal")
KNOWN, NEW = 200, 200
ADDRESSES, A_SECOND, SECONDS = 500, 50, 60.0
SOON = 10.0
HASHES = 40

KNOWN_REFUSED, KNOWN_P95 = "known devices refused", "known devices, p95 s"
NEW_SOON = "new devices let in within 10 s, %"
COST = "a sign-in on a known device / a bare hash"
AIMS = (
    below(KNOWN_REFUSED, 1),
    below(KNOWN_P95, 1.0),
    at_least(NEW_SOON, 95),
    below(COST, 2.0),
)


@dataclass(frozen=True)
class Found:
    """Sign-ins of people, quiet and while strangers tried, and answers to strangers by status."""

    hashes: Sequence[float]
    quiet: Sequence[Tried]
    known: Sequence[Tried]
    new: Sequence[Tried]
    strangers: Counter[int]


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    with ground() as here:
        town = Town(here)
        logins = _open_accounts(town, KNOWN + NEW)
        say("starting the town")
        for principal in SERVICES:
            town.start(principal)
        serve(here, town)
        town.wait_ready(SERVICES)
        found = _measure(here.instance.pages_port("portal"), logins, say)
    return Report(NAME, _figures(found), AIMS), partial(_draw, found=found)


def _open_accounts(town: Town, count: int) -> list[str]:
    """Give so many families an account in use, all with one password; return their logins."""
    town.connect("identity", store)
    moment, hashed = now(), passwords.hash_password(PASSWORD)
    logins = [f"parent{number}@exemple.fr" for number in range(count)]
    with store.write() as write:
        write.add_all(
            Account(
                subject=new_id(),
                kind=account_kinds.FAMILY,
                login=login,
                name="Un parent",
                version=1,
                not_before=moment,
                active=True,
                password_hash=hashed,
                opened_at=moment,
            )
            for login in logins
        )
    return logins


def _measure(port: int, logins: Sequence[str], say: Callable[[str], None]) -> Found:
    known, new = logins[:KNOWN], logins[KNOWN:]
    say(f"{KNOWN} people sign in for the first time")
    devices = [_first_sign_in(port, number, login) for number, login in enumerate(known)]
    say("what a sign-in costs beside a bare hash")
    hashes, quiet = _quiet_costs(port, known, devices)
    say(f"strangers try {A_SECOND} passwords a second for {SECONDS:.0f} s")
    targets = [*logins, *(f"personne{number}@exemple.fr" for number in range(len(logins)))]
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        list(pool.map(time.sleep, [0.5] * 3))
        flood = pool.submit(strangers, port, targets, ADDRESSES, A_SECOND, SECONDS)
        at_home = pool.submit(people, port, known, SECONDS, devices)
        elsewhere = pool.submit(people, port, new, SECONDS)
        return Found(hashes, quiet, at_home.result(), elsewhere.result(), flood.result())


def _first_sign_in(port: int, number: int, login: str) -> str:
    """Sign in on a new device, and return the cookie by which it is known from then on."""
    browser = Browser(port, home(number))
    if not sign_in(browser, login, browser.token(), patient=True).opened:
        raise TimeoutError(f"{login} was not let in")
    [device] = [each for each in browser.cookies.values() if each.key.endswith("device")]
    return f"{device.key}={device.value}"


def _quiet_costs(
    port: int, logins: Sequence[str], devices: Sequence[str]
) -> tuple[list[float], list[Tried]]:
    """Return what hashes and sign-ins took, in turns: what slows the machine slows both."""
    hashed, hashes, quiet = passwords.hash_password(PASSWORD), [], []
    for number in range(HASHES):
        begun = time.perf_counter()
        passwords.check_password(hashed, PASSWORD)
        hashes.append(time.perf_counter() - begun)
        browser = Browser(port, home(number))
        browser.cookies.load(devices[number])
        quiet.append(sign_in(browser, logins[number], browser.token()))
    return hashes, quiet


def _figures(found: Found) -> dict[str, float]:
    known = [each.seconds for each in found.known if each.opened]
    new = [each.seconds for each in found.new if each.opened]
    quiet = statistics.median(each.seconds for each in found.quiet)
    answered = sum(found.strangers.values())
    return {
        KNOWN_REFUSED: float(len(found.known) - len(known)),
        "known devices, p50 s": statistics.median(known),
        KNOWN_P95: statistics.quantiles(known, n=100)[94],
        NEW_SOON: 100 * sum(each <= SOON for each in new) / len(found.new),
        "new devices, p50 s": statistics.median(new),
        "new devices let in at the first try, %": 100
        * sum(each.opened and each.tries == 1 for each in found.new)
        / len(found.new),
        "new devices never let in": float(len(found.new) - len(new)),
        "a bare hash, ms": statistics.median(found.hashes) * 1000,
        "a quiet sign-in on a known device, ms": quiet * 1000,
        COST: quiet / statistics.median(found.hashes),
        "strangers' tries": float(answered),
        "of them told to wait, %": 100 * found.strangers[ASKED_TO_WAIT] / answered,
        "of them without an answer": float(found.strangers[UNAVAILABLE] + found.strangers[0]),
    }


def _draw(figure: Figure, found: Found) -> None:
    axes = figure.subplots()
    for name, each in (
        ("known devices, quiet", found.quiet),
        ("known devices", found.known),
        ("new devices", found.new),
    ):
        waits = sorted(one.seconds for one in each if one.opened)
        shares = [(place + 1) / len(each) for place in range(len(waits))]
        axes.step(waits, shares, label=name, where="post")
    axes.set_xscale("log")
    axes.set_xlabel("seconds until somebody with the right password is in")
    axes.set_ylabel("share of people")
    axes.set_title(f"strangers try {A_SECOND} passwords a second from {ADDRESSES} addresses")
    axes.legend()
