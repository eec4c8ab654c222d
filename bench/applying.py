"""
The whole way of an application whose child's file is not at the provider yet.

The family links the provider, asks for a place, the file comes, the place is given, and the card
with it stands at the portal. Beside it the limit of this machine: the rows that this left at the
three services, inserted anew, and as many messages published, confirmed and acknowledged.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from matplotlib.figure import Figure

from bench import families
from bench.bare_rows import Left, Rows, rows_of, seconds_of, shared_out, tables_of
from bench.families import Child
from bench.ground import ground
from bench.guardians import introduce
from bench.opening_people import offer
from bench.report import Report, at_least
from bench.town import Town, club_codes
from services.enrolment.places.admission.rules.allocation_order import ORDER
from shared.bus.client import Client
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.places import family_acts, imports

NAME = "applying"
EACH, ROUNDS, IN_FLIGHT = 200, 3, 25
CALL_SECONDS, LONGEST_SECONDS, LOOK_SECONDS = 60.0, 180.0, 0.05
MESSAGES_OF_CALLS = 4
"""Two requests and their answers; events are counted by what was sent."""

WHOLE = "whole applications/s, from the link to the card at the portal"
LIMIT = "the same rows and messages alone, a second"

AIMS = (at_least(WHOLE, 50.0),)

GIVEN = "SELECT count(*) FROM application WHERE state = 'accepted'"
TOLD = "SELECT household_id, version FROM card_version WHERE version > 0"
HEARD = "SELECT household_id, version FROM family_card WHERE provider = ?"


def run(say: Callable[[str], None]) -> tuple[Report, Callable[[Figure], None]]:
    """Measure, and return the report with how to draw it."""
    (club,) = club_codes(1)
    replica = f"enrolment_{club}"
    principals = {"dossier": "dossier", "enrolment": replica, "portal_gateway": "portal"}
    with ground() as here:
        say("a town of one club more")
        town = Town(here, clubs=1)
        processes = [town.start(principal) for principal in principals.values()]
        town.wait_ready(principals.values())
        children = families.load(town, EACH * ROUNDS, NAME, [])
        tokens = introduce(town, (child.guardian for child in children))
        group = _offer(town, replica)
        before = {name: _counts(town, name) for name in principals.values()}
        with town.client("portal") as client:
            rates = []
            for number in range(ROUNDS):
                say(f"round {number + 1} of {ROUNDS}: {EACH} applications, {IN_FLIGHT} in flight")
                some = children[number * EACH : (number + 1) * EACH]
                rates.append(_round(town, client, replica, group, some, tokens, number + 1))
        here.stop(processes)
        say("the limit")
        left = {name: _since(town, name, before[name]) for name in principals.values()}
        sent = sum(len(rows.get("sent", ())) for rows in left.values())
        lefts = [
            Left(service, shared_out(left[name], len(children)), per_commit=1)
            for service, name in principals.items()
        ]
        messages = sent + MESSAGES_OF_CALLS * len(children)
        limit = len(children) / seconds_of(town, replica, lefts, messages)
    figures = {
        WHOLE: statistics.median(rates),
        LIMIT: limit,
        "rows left by an application": sum(
            len(some) for rows in left.values() for some in rows.values()
        )
        / len(children),
        "messages of an application": messages / len(children),
    }
    return Report(NAME, figures, AIMS), lambda figure: _draw(figure, rates, limit)


def _offer(town: Town, replica: str) -> str:
    """Open a group with a place for everybody; return its id."""
    offered = offer(NAME, code="judo", allocation=ORDER, places=EACH * ROUNDS)
    with town.client("ops") as client:
        asked = imports.ImportOfferRequest(activities=[offered])
        answer = client.ask(imports.import_offer, asked, to=replica, deadline=CALL_SECONDS)
    return answer.groups[NAME]


def _round(
    town: Town,
    client: Client,
    replica: str,
    group: str,
    children: Sequence[Child],
    tokens: Mapping[str, str],
    number: int,
) -> float:
    """Let these families apply; return how many applications were whole in a second."""
    provider = replica.removeprefix("enrolment_")

    def applies(child: Child) -> None:
        token = tokens[child.guardian]
        link = client.ask(
            guardians.open_link,
            guardians.LinkRequest(child.id, provider),
            token=token,
            deadline=CALL_SECONDS,
        )
        asked = family_acts.ApplyRequest(child.id, group, link_version=link.version)
        client.ask(family_acts.apply, asked, to=replica, token=token, deadline=CALL_SECONDS)

    start = time.monotonic()
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        list(pool.map(applies, children))
    with closing(town.database(replica)) as at_provider, closing(town.database("portal")) as portal:
        while time.monotonic() < start + LONGEST_SECONDS:
            (given,) = at_provider.execute(GIVEN).fetchone()
            if given == number * EACH:
                told = dict(at_provider.execute(TOLD).fetchall())
                if told == dict(portal.execute(HEARD, (provider,)).fetchall()):
                    return len(children) / (time.monotonic() - start)
            time.sleep(LOOK_SECONDS)
    raise TimeoutError("all places given, and all cards come")


def _counts(town: Town, principal: str) -> dict[str, int]:
    rows = rows_of(town, principal, tables_of(town, principal))
    return {name: len(some) for name, some in rows.items()}


def _since(town: Town, principal: str, before: Mapping[str, int]) -> Rows:
    """Return the rows that came since these were counted; what goes again is not among them."""
    rows = rows_of(town, principal, tables_of(town, principal))
    return {name: new for name, some in rows.items() if (new := some[before.get(name, 0) :])}


def _draw(figure: Figure, rates: Sequence[float], limit: float) -> None:
    axes = figure.subplots()
    axes.plot(rates, "o-", label=WHOLE)
    axes.axhline(limit, linestyle="--", color="grey", label=LIMIT)
    axes.set_xlabel("round")
    axes.set_ylim(bottom=0.0)
    axes.legend()
