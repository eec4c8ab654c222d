"""
Prices open to all: how many searches, shared addresses and typed simulations a town serves.

The portal is served as in a town, billing beside it; askers share this machine's cores. Each
request comes from an address of its own, since one address has a limit.
"""

import http.client
import random
import statistics
from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

from matplotlib.figure import Figure

from bench.ground import ground
from bench.pages import ASKERS, Ask, Found, ask_for, get, post, serve
from bench.report import Report, at_least, below
from bench.town import Town
from deploy.demo.invented.tariffs import Tariffs
from shared.contracts.enrolment import tariffs
from shared.dates.clock import today

NAME = "tariffs"
WARM_UP_SECONDS, SECONDS, ROUNDS = 2.0, 3.0, 3
PROVIDERS = ("ens", "agg")
SERVICES = ("identity", "dossier", "billing", "portal", "enrolment_ens", "enrolment_agg")
HEARD_SECONDS = 60.0
HEARD = {"portal": "published_tariff", "billing": "tariff_version"}

SEARCHES = ("cantine", "catine", "natasion", "accueil du soir", "judo", "acceuil", "repas", "")
SEARCH, SHARED, TYPED = "searches/s", "shared addresses/s", "typed simulations/s"

AIMS = (at_least(SEARCH, 150), at_least(SHARED, 150), at_least(TYPED, 80), below("not served", 1))


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    with ground() as here:
        town = Town(here)
        say("starting the town")
        for principal in SERVICES:
            town.start(principal)
        serve(here, town)
        town.wait_ready(SERVICES)
        say("publishing the demo's prices")
        _publish(town)
        found = _measure(here.instance.pages_port("portal"), say)
    return Report(NAME, _figures(found), AIMS), partial(_draw, found=found)


def _publish(town: Town) -> None:
    """Publish the demo's prices; return once portal and billing have heard of them."""
    communes = [
        {
            "insee": each.insee,
            "member_from": each.member_from.isoformat(),
            "member_to": each.member_to.isoformat() if each.member_to else None,
        }
        for each in town.settings("portal").register.now.communes
    ]
    told = {provider: Tariffs(communes).tariff_request_of(provider) for provider in PROVIDERS}
    with town.client("ops") as client:
        for provider, request in told.items():
            to = f"enrolment_{provider}"
            client.ask(tariffs.import_tariffs, request, to=to, deadline=HEARD_SECONDS)
    for principal, table in HEARD.items():
        town.wait_rows(principal, table, sum(len(request.tariffs) for request in told.values()))


def _measure(port: int, say: Callable[[str], None]) -> dict[str, Found]:
    found = {name: Found() for name in (SEARCH, SHARED, TYPED)}
    asks: dict[str, Ask] = {SEARCH: _search, SHARED: _shared, TYPED: _typed}
    for ask in asks.values():
        ask_for(port, ask, WARM_UP_SECONDS, Found())
    for number in range(ROUNDS):
        for name, ask in asks.items():
            say(f"{name}, round {number + 1} of {ROUNDS}")
            ask_for(port, ask, SECONDS, found[name])
    return found


def _search(connection: http.client.HTTPConnection) -> bool:
    query = urlencode({"q": random.choice(SEARCHES)})
    return get(connection, f"/tarifs?{query}", **_from_somewhere())


def _shared(connection: http.client.HTTPConnection) -> bool:
    canteen = f"ens.canteen.resident.{random.randint(1, 6)}"
    judo = f"agg.judo.member.{random.randint(1, 6)}"
    query = urlencode({"t": [canteen, judo], "le": today().isoformat()}, doseq=True)
    return get(connection, f"/tarifs/prix?{query}", **_from_somewhere())


def _typed(connection: http.client.HTTPConnection) -> bool:
    form = {
        "t": ["ens.canteen", "agg.swimming_school"],
        "le": today().isoformat(),
        "commune": "28901",
        "quotient": str(random.randint(100, 2500)),
        "enfants": str(random.randint(1, 3)),
    }
    return post(connection, "/tarifs/prix", urlencode(form, doseq=True), **_from_somewhere())


def _from_somewhere() -> dict[str, str]:
    parts = (str(random.randint(1, 254)) for _ in range(3))
    return {"X-Forwarded-For": f"10.{'.'.join(parts)}"}


def _figures(found: dict[str, Found]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, each in found.items():
        figures[name] = statistics.median(each.rates)
        figures[f"{name.removesuffix('/s')}, p95 ms"] = (
            statistics.quantiles(each.waits, n=100)[94] * 1000
        )
    figures["not served"] = float(sum(each.failed for each in found.values()))
    return figures


def _draw(figure: Figure, found: dict[str, Found]) -> None:
    axes = figure.subplots()
    for name, each in found.items():
        waits = sorted(wait * 1000 for wait in each.waits)
        shares = [(place + 1) / len(waits) for place in range(len(waits))]
        axes.step(waits, shares, label=name.removesuffix("/s"), where="post")
    axes.set_xscale("log")
    axes.set_xlabel("milliseconds until the page is there")
    axes.set_ylabel("share of pages")
    axes.set_title(f"{ASKERS} browsers at once")
    axes.legend()
