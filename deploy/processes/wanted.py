"""
The processes of a town, from its register: services, the portal, a desk for each provider.

`python -m deploy.processes.wanted` prints them to the supervisor, secrets and all.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace

from deploy.applied import Applied
from deploy.engines.engines_file import naming
from deploy.instance.instance import LOOPBACK, PROJECT, Instance
from deploy.processes.addresses import PORTAL, Page, offices_of, pages_of
from deploy.processes.nginx import CONFIGURATION, NGINX
from deploy.processes.process import Process
from deploy.services import (
    CLASSES,
    LIVE,
    LOADED_BY_PAGES,
    LOADED_BY_SERVICES,
    LOADED_BY_STREAMS,
    WEB,
)
from shared.register.declarations import BILLING, FRONT_DESK, IDENTITY
from shared.runtime.gunicorn_hooks import FOLDER

ENROLMENT = "enrolment"

PORTAL_WORKERS, DESK_WORKERS, THREADS = 2, 1, 4
PORTAL_LIVE_WORKERS, DESK_LIVE_WORKERS = 2, 1
LIVE_CONNECTIONS = 5_000
"""Of one worker. Families have two, a provider's few dozen agents one."""


ASKED = [sys.executable, "-m", "deploy.processes.wanted"]
"""Called by the supervisor at its start and at each `apply`."""


def wanted(applied: Applied) -> list[Process]:
    """
    Return what should run now, each of the services as its copies.

    Each counts what it does in files of a folder of its own.
    """
    return [_counting(applied, process) for process in _wanted(applied)]


def _counting(applied: Applied, process: Process) -> Process:
    folder = str(applied.instance.figures_dir / process.name)
    return replace(process, env={**process.env, FOLDER: folder})


def _wanted(applied: Applied) -> list[Process]:
    register = applied.current()
    if register is None:
        return []
    running = [
        process
        for row in register["principals"]
        if row["service"] in CLASSES
        for process in _copies(applied, _service(applied, row["name"], row["service"]))
    ]
    beside = [*_beside_billing(applied), *_beside_identity(applied), _metrics(applied)]
    pages = pages_of(applied.engines, register)
    made = [process for page in pages.values() for process in _pages(applied, pages, page)]
    streams = [process for page in pages.values() for process in _streams(applied, page)]
    return [*running, *beside, *made, *streams, *_web_server(applied)]


def _copies(applied: Applied, process: Process) -> list[Process]:
    """Return a process as often as each service is to run; they need nothing to be told apart."""
    return [
        replace(process, name=applied.instance.copy_name(process.name, number))
        for number in range(1, applied.engines.copies + 1)
    ]


def office_urls(applied: Applied) -> dict[str, str]:
    """Return the address of each office at which agents sign in, the front desk included."""
    return offices_of(pages_of(applied.engines, applied.current() or {"providers": []}))


def _pages(applied: Applied, pages: Mapping[str, Page], page: Page) -> list[Process]:
    """Return the processes that make the pages of one office."""
    if page.principal == PORTAL:
        service, workers = PORTAL, PORTAL_WORKERS
    else:
        service, workers = FRONT_DESK if page.principal == FRONT_DESK else ENROLMENT, DESK_WORKERS
    more = {"LIVE_URL": page.stream} if page.stream else {"PORTAL_URL": pages[PORTAL].address}
    return [
        Process(
            applied.instance.copy_name(page.name, number),
            [
                *_gunicorn(WEB[service], page.name, port, workers),
                *("--worker-class", "gthread"),
                *("--threads", str(THREADS)),
            ],
            _environment(applied, page.principal) | more,
            LOADED_BY_PAGES,
        )
        for number, port in enumerate(page.ports, start=1)
    ]


def _streams(applied: Applied, page: Page) -> list[Process]:
    """
    Return the processes that hold open pages, apart from those that make pages (decision 0021).

    One worker holds thousands of connections that wait: gevent's, not threads.
    """
    service = PORTAL if page.principal == PORTAL else ENROLMENT
    name = stream_name(page)
    workers = PORTAL_LIVE_WORKERS if service == PORTAL else DESK_LIVE_WORKERS
    return [
        Process(
            applied.instance.copy_name(name, number),
            [
                *_gunicorn(LIVE[service], name, port, workers),
                *("--worker-class", "gevent"),
                *("--worker-connections", str(LIVE_CONNECTIONS)),
                *("--graceful-timeout", "1"),
            ],
            _environment(applied, page.principal) | {"PAGES_URL": page.address},
            LOADED_BY_STREAMS,
        )
        for number, port in enumerate(page.stream_ports, start=1)
    ]


def stream_name(page: Page) -> str:
    """Return how the stream beside some pages is called."""
    return f"{page.name.removesuffix('_web')}_live"


def _service(applied: Applied, principal: str, service: str) -> Process:
    more = {BILLING: _for_billing, IDENTITY: _mail_server}.get(principal, _nothing_more)
    return Process(
        principal,
        [sys.executable, "-m", "shared.bus.runner", CLASSES[service]],
        _environment(applied, principal) | more(applied),
        LOADED_BY_SERVICES,
    )


def _metrics(applied: Applied) -> Process:
    """Return the one page of metrics of this instance, on this machine alone (decision 0030)."""
    environment = {**applied.instance.environment, **naming(), "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-m", "deploy.metrics"]
    return Process("metrics", command, environment, LOADED_BY_PAGES)


def _nothing_more(_applied: Applied) -> dict[str, str]:
    return {}


def _beside_billing(applied: Applied) -> list[Process]:
    """
    Return billing's worker, which runs and asks PayFiP without holding up the service.

    A town of demonstration has a stand-in for PayFiP, which pays nobody.
    """
    environment = _environment(applied, BILLING) | _payment_addresses(applied)
    worker = [sys.executable, "-m", "services.billing.worker"]
    beside = _copies(applied, Process("billing_worker", worker, environment, LOADED_BY_PAGES))
    if _is_demo(applied):
        beside.append(_stub("payfip_stub", "--port", str(applied.instance.payfip_stub_port)))
    return beside


def _stub(name: str, *arguments: str) -> Process:
    """Return what stands in for a program of somebody else in a town of demonstration."""
    command = [sys.executable, "-m", f"deploy.demo.{name}", *arguments]
    return Process(name, command, {"PYTHONPATH": str(PROJECT)}, LOADED_BY_PAGES)


def _for_billing(applied: Applied) -> dict[str, str]:
    """Return addresses for payments, and where the official schemas of PES v2 are, if anywhere."""
    return _payment_addresses(applied) | {"PES_XSD_DIR": os.environ.get("PES_XSD_DIR", "")}


def _payment_addresses(applied: Applied) -> dict[str, str]:
    """Return where the portal is, for PayFiP to come back to, and where PayFiP is."""
    addresses = {"PORTAL_URL": portal_url(applied)}
    if _is_demo(applied):
        stub = applied.instance.payfip_stub_url
        addresses |= {
            "PAYFIP_SERVICE": f"{stub}/tpa/services/securite",
            "PAYFIP_PAGE": f"{stub}/tpa/paiementws.web",
        }
    return addresses


def _mail_server(applied: Applied) -> dict[str, str]:
    """
    Return what identity's emails need: where the portal is, and in a town of demonstration the
    server that keeps them on this machine. A real town writes MAIL_* into identity's secrets.
    """
    found = {"PORTAL_URL": portal_url(applied)}
    if _is_demo(applied):
        found |= {
            "MAIL_HOST": LOOPBACK,
            "MAIL_PORT": str(applied.instance.mail_stub_port),
            "MAIL_STARTTLS": "no",
            "MAIL_SENDER": "espace-familles@example.org",
        }
    return found


def _beside_identity(applied: Applied) -> list[Process]:
    """Return the mail server of a town of demonstration, which sends nothing anywhere."""
    if not _is_demo(applied):
        return []
    port, folder = str(applied.instance.mail_stub_port), str(applied.instance.mail_dir)
    return [_stub("mail_stub", "--port", port, "--folder", folder)]


def portal_url(applied: Applied) -> str:
    """Return the address of the families' pages."""
    register = applied.current() or {"providers": []}
    return pages_of(applied.engines, register)[PORTAL].address


def _is_demo(applied: Applied) -> bool:
    register = applied.current()
    return register is not None and bool(register["town"]["demo"])


def _web_server(applied: Applied) -> list[Process]:
    """Return nginx where it is Préau's own; the town's own is not ours to run."""
    if not applied.engines.own_web_server:
        return []
    folder = str(applied.instance.web_server_dir)
    return [Process("web_server", [NGINX, "-p", folder, "-c", f"{folder}/{CONFIGURATION}"], {})]


def _gunicorn(application: str, name: str, port: int, workers: int) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", application),
        *("--bind", f"{LOOPBACK}:{port}"),
        *("--workers", str(workers)),
        *("--name", name),
        "--no-control-socket",
        *("--config", "python:shared.runtime.gunicorn_hooks"),
    ]


def _environment(applied: Applied, principal: str) -> dict[str, str]:
    return {
        **applied.environment(principal),
        "PYTHONPATH": str(PROJECT),
        "PYTHONWARNINGS": "ignore",
    }


if __name__ == "__main__":
    processes = wanted(Applied(Instance.from_environment()))
    print(json.dumps([asdict(process) for process in processes]))
