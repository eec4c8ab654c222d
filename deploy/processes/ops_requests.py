"""Requests of operations to running services, over the bus, as the principal `ops`."""

import time
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import click
import requests

from deploy.applied_town import Applied
from deploy.engines.management_interface import LOOK_AT_BROKER, BrokerUnreachable
from deploy.instance.instance import LOOPBACK
from deploy.instance.user_error import UserError
from deploy.processes import supervisor
from deploy.processes.hosts import copies_here
from deploy.processes.process_plan import stream_name
from deploy.processes.public_addresses import pages_of_services
from deploy.services import SPECS
from shared.bus.broker.connection import CONNECT_SECONDS, CONNECTION_ERRORS
from shared.bus.client import Client
from shared.contracts.errors import Refusal
from shared.contracts.every_service import operations
from shared.contracts.every_service.comparison import Differences
from shared.contracts.identity import codes_issued_by_operations, email_counts
from shared.contracts.message import Empty, all_rows
from shared.json_values import JsonObject
from shared.register.declarations import OPS
from shared.register.queues import requests_queue
from shared.settings import Settings

READY_SECONDS = 90.0
LONG_SECONDS = 120.0
PATIENCE_SECONDS = 30.0
"""
Time that a command gives a broker to accept it, and a service to answer where nothing else is said:
as long as the broker's management interface has.
"""


class BrokerAway(UserError, ConnectionError):
    """The broker accepts no connection; the message says what was met, and what to look at."""


@contextmanager
def ops_client(applied: Applied) -> Iterator[Client]:
    """
    Yield a client that is connected as the principal `ops`; raises BrokerAway.

    Who works at a terminal is told that a broker under load is waited for: a page gives up then.
    """
    client = _connected_client(Settings.from_env(applied.environment_of_principal("ops")))
    try:
        yield client
    finally:
        client.close()


def _connected_client(settings: Settings) -> Client:
    """Return a client once the broker has accepted it; one that is down is not waited for."""
    for seconds in (CONNECT_SECONDS, PATIENCE_SECONDS):
        client = Client(settings, seconds, deadline=PATIENCE_SECONDS)
        try:
            client.connect()
        except CONNECTION_ERRORS as error:
            client.close()
            if seconds == PATIENCE_SECONDS or not isinstance(error, TimeoutError):
                raise BrokerAway(
                    f"The broker accepts no connection ({error}). {LOOK_AT_BROKER}"
                ) from error
            click.echo(f"the broker is slow: waiting for it, {PATIENCE_SECONDS:.0f} s", err=True)
        else:
            return client
    raise AssertionError("the last try returns or raises")


def service_principals(applied: Applied) -> list[str]:
    """Return the principals that answer operations: one that is suspended or leaves does not."""
    register = applied.register_in_force() or {"principals": [], "calls": []}
    asked = {row["callee"] for row in register["calls"] if row["caller"] == OPS}
    return [
        row["name"]
        for row in register["principals"]
        if row["service"] in SPECS and row["name"] in asked
    ]


def status_of_town(applied: Applied) -> JsonObject:
    """Return the state of the whole: `ready` is true once everything answers."""
    state: JsonObject = {
        "broker": applied.engines_of_town.is_broker_running(),
        "supervisor": supervisor.supervisor_state(applied.instance),
        "services": {},
        "pages": {},
    }
    # Where systemd runs the processes there is no supervisor.
    if state["broker"] and (state["supervisor"] or not applied.engines_of_town.supervised):
        state["services"] = _health_of_services(applied)
        state["pages"] = _health_of_pages(applied)
    answering = [*state["services"].values(), *state["pages"].values()]
    state["ready"] = bool(answering) and all(each.get("ok") for each in answering)
    return state


def answering_copies_in_words(answer: dict[str, object]) -> str:
    """Return "1 of 2" where some instances of a service answer and others are away, else ""."""
    if answer.get("ok") or "why" in answer or "of" not in answer:
        return ""
    return f"{answer['instances']} of {answer['of']}"


def measures_of_services(
    applied: Applied, client: Client
) -> dict[str, list[operations.Metric] | None]:
    """Return what each service measures of itself by principal; None for one that is silent."""
    names = service_principals(applied)
    calls = [client.prepare_call(operations.measure, Empty(), to=name) for name in names]
    answers = client.ask_all(calls, deadline=2.0)
    return {
        name: None if isinstance(answer, Refusal) else answer.measures
        for name, answer in zip(names, answers, strict=True)
    }


def wait_until_town_ready(
    applied: Applied, seconds: float = READY_SECONDS, *, only: Collection[str] = ()
) -> JsonObject:
    """
    Return the state once it is ready, or once those processes answer that are named `only`.

    Raises TimeoutError naming what does not answer.
    """
    end = time.monotonic() + seconds
    while True:
        state = status_of_town(applied)
        answering = {**state["services"], **state["pages"]}
        silent = [name for name in only or answering if not answering.get(name, {}).get("ok")]
        if answering and not silent:
            return state
        if time.monotonic() > end:
            raise TimeoutError(_silence_in_words(silent, seconds))
        time.sleep(0.3)


def _silence_in_words(silent: list[str], seconds: float) -> str:
    """Say what does not answer yet, and where to look: it goes on starting meanwhile."""
    what = ", ".join(silent) or "nothing that runs"
    log_of = silent[0].split(" ")[0] if silent else "broker"
    return (
        f"Not answering after {seconds:.0f} s: {what}. What starts goes on starting:"
        f" `preau status` says how far, `preau doctor` what mends it, log/{log_of}.log why."
    )


def compare_states(
    applied: Applied, name: str | None = None, *, mend: bool
) -> dict[str, list[Differences]]:
    """
    Have one provider or service, or all, compare what they store with what is published now.

    Returns the rows of their answers by principal. With `mend` what differs comes again.
    """
    register = applied.register_in_force() or {"providers": []}
    codes = {row["principal"]: row["code"] for row in register["providers"]}
    request = operations.ResyncRequest(mend)
    with ops_client(applied) as client:
        return {
            each: client.ask(operations.resync, request, to=each, deadline=LONG_SECONDS).states
            for each in service_principals(applied)
            if name in (None, each, codes.get(each))
        }


def list_dead_letters(applied: Applied) -> dict[str, list[Any]]:
    """Return every service's dead letters, without bodies."""
    with ops_client(applied) as client:
        return {
            name: client.ask(operations.list_dead, Empty(), to=name, deadline=10.0).letters
            for name in service_principals(applied)
        }


def replay_dead_letters(applied: Applied, principal: str) -> dict[str, int]:
    """Have the owner handle its dead letters again."""
    with ops_client(applied) as client:
        return vars(
            client.ask(
                operations.replay_dead,
                operations.ReplayDeadRequest(1000),
                to=principal,
                deadline=LONG_SECONDS,
            )
        )


def invite_administrator(
    applied: Applied, provider: str
) -> codes_issued_by_operations.InviteAdministratorAnswer:
    """Return an invitation for a provider's first administrator, while never activated."""
    request = codes_issued_by_operations.InviteAdministratorRequest(provider)
    with ops_client(applied) as client:
        return client.ask(codes_issued_by_operations.invite_administrator, request)


def invite_administrator_again(
    applied: Applied, request: codes_issued_by_operations.InviteAdministratorAgainRequest
) -> codes_issued_by_operations.InviteAdministratorAgainAnswer:
    """Return a new code for an administrator whom nobody at that office can help."""
    with ops_client(applied) as client:
        return client.ask(codes_issued_by_operations.invite_administrator_again, request)


def invite_successor(
    applied: Applied, request: codes_issued_by_operations.InviteSuccessorRequest
) -> codes_issued_by_operations.InviteSuccessorAnswer:
    """Let a successor administer an office in place of one who has left it."""
    with ops_client(applied) as client:
        return client.ask(codes_issued_by_operations.invite_successor, request)


def codes_given_by_town(applied: Applied) -> list[codes_issued_by_operations.TownCode]:
    """Return every code that the town gave, and every successor, oldest first."""
    with ops_client(applied) as client:
        return list(
            all_rows(client.ask, codes_issued_by_operations.codes_by_town, lambda page: page.codes)
        )


def state_of_emails(applied: Applied) -> email_counts.PostStateAnswer:
    """Return how many emails are in which state, and since when the oldest waits."""
    with ops_client(applied) as client:
        return client.ask(email_counts.post_state, Empty(), deadline=10.0)


def send_uncertain_emails_again(applied: Applied) -> int:
    """Have the emails sent again that perhaps did not arrive; return how many."""
    with ops_client(applied) as client:
        return client.ask(email_counts.send_uncertain_again, Empty()).count


def _health_of_services(applied: Applied) -> JsonObject:
    names = service_principals(applied)
    try:
        with ops_client(applied) as client:
            answers = client.ask_all(
                [client.prepare_call(operations.health, Empty(), to=name) for name in names],
                deadline=2.0,
            )
    except OSError:
        return {name: {"ok": False} for name in names}
    found = {
        name: {"ok": False, "why": answer.code}
        if isinstance(answer, Refusal)
        else {"ok": True, **vars(answer)}
        for name, answer in zip(names, answers, strict=True)
    }
    return _count_copies(applied, found) if applied.engines_of_town.copies > 1 else found


def _count_copies(applied: Applied, services: JsonObject) -> JsonObject:
    """
    Count the instances of each service, of which one has answered: all have to be there.

    Where the broker does not say how many there are, they are not known to be: none counts.
    """
    try:
        reading = applied.broker_as_administrator().count_consumers_by_queue()
    except BrokerUnreachable:
        reading = Counter()
    counted = {name: reading[requests_queue(name, OPS)] for name in services}
    copies = applied.engines_of_town.copies
    return {
        name: {
            **state,
            "instances": counted[name],
            "of": copies,
            "ok": state["ok"] and counted[name] >= copies,
        }
        for name, state in services.items()
    }


def _health_of_pages(applied: Applied) -> dict[str, object]:
    """
    Ask each copy of all pages and streams on this host, by the name of its process, and the web
    server where it is Préau's own.
    """
    register = applied.register_in_force() or {"providers": []}
    copy_name, urls = applied.instance.copy_name, {}
    here = copies_here(applied)
    for page in pages_of_services(applied.engines_of_town, register).values():
        mine = page.page_with_these_copies(here)
        for name, ports in ((page.name, mine.ports), (stream_name(page), mine.stream_ports)):
            for number, port in zip(here, ports, strict=False):  # not every page has a stream
                urls[copy_name(name, number)] = f"http://{LOOPBACK}:{port}"
        if applied.engines_of_town.has_own_web_server:
            urls[f"{page.name} (web server)"] = page.address
    return {
        name: {"ok": _is_page_healthy(f"{url}/health"), "url": url} for name, url in urls.items()
    }


def _is_page_healthy(url: str) -> bool:
    session = requests.Session()
    session.trust_env = False
    try:
        return session.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False
