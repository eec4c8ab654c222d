"""The processes of a town, from its register: services, the portal, a desk for each provider."""

import json
import os
import sys
from dataclasses import replace

from deploy.apply import Applied
from deploy.instance import LOOPBACK, PROJECT
from deploy.service_map import CLASSES, LIVE, WEB
from deploy.supervisor import Process
from shared.declarations import BILLING, FRONT_DESK, IDENTITY
from shared.gunicorn_hooks import FOLDER

PORTAL_WORKERS, DESK_WORKERS, THREADS = 2, 1, 4
LIVE_WORKERS, LIVE_CONNECTIONS = 2, 5_000


def wanted(applied: Applied) -> list[Process]:
    """
    Return what should run now; asked again at each `apply`.

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
        _service(applied, row["name"], row["service"])
        for row in register["principals"]
        if row["service"] in CLASSES
    ]
    others = json.dumps(office_urls(applied))  # desks alone restart where one comes or goes
    desks = [
        _web(
            applied,
            f"desk_{row['code']}",
            row["principal"],
            port,
            "enrolment",
            DESK_WORKERS,
            DESKS=others,
            LIVE_URL=live,
        )
        for row, port, live in _desks_with_streams(applied)
    ]
    counter = {code: url for code, url in office_urls(applied).items() if code == FRONT_DESK}
    portal = _web(
        applied,
        "portal_web",
        "portal",
        applied.instance.portal_port,
        "portal",
        PORTAL_WORKERS,
        DESKS=json.dumps(counter),
        LIVE_URL=applied.instance.portal_live_url,
    )
    if register.get("front_desk"):
        desks.append(_front_desk(applied, others))
    beside = [*_beside_billing(applied), *_beside_identity(applied), _metrics(applied)]
    return [*running, *beside, portal, *desks, *_streams(applied)]


def desk_ports(applied: Applied) -> list[tuple[dict, int]]:
    """Return each provider of the register with the port of its desk."""
    register = applied.current() or {"providers": []}
    return [
        (row, applied.instance.desk_port(position))
        for position, row in enumerate(register["providers"])
    ]


def desk_urls(applied: Applied) -> dict[str, str]:
    """Return the address of each provider's desk by the provider's code."""
    rows = (applied.current() or {"providers": []})["providers"]
    return {row["code"]: applied.instance.desk_url(at) for at, row in enumerate(rows)}


def _front_desk(applied: Applied, others: str) -> Process:
    return _web(
        applied,
        "front_desk_web",
        FRONT_DESK,
        applied.instance.front_desk_port,
        FRONT_DESK,
        DESK_WORKERS,
        DESKS=others,
        PORTAL_URL=applied.instance.portal_url,
    )


def office_urls(applied: Applied) -> dict[str, str]:
    """Return the address of each office at which agents sign in, the front desk included."""
    register = applied.current() or {}
    front = {FRONT_DESK: applied.instance.front_desk_url} if register.get("front_desk") else {}
    return desk_urls(applied) | front


def live_urls(applied: Applied) -> dict[str, str]:
    """Return the address of each stream of open pages by its process."""
    rows = (applied.current() or {"providers": []})["providers"]
    desks = {
        f"desk_{row['code']}_live": applied.instance.desk_live_url(at)
        for at, row in enumerate(rows)
    }
    return {"portal_live": applied.instance.portal_live_url, **desks}


def _desks_with_streams(applied: Applied) -> list[tuple[dict, int, str]]:
    streams = live_urls(applied)
    return [(row, port, streams[f"desk_{row['code']}_live"]) for row, port in desk_ports(applied)]


def _streams(applied: Applied) -> list[Process]:
    """
    Return the processes that hold open pages, apart from those that make pages (decision 0021).

    One worker holds thousands of connections that wait: gevent's, not threads.
    """
    desks = desk_urls(applied)
    found = [("portal_live", "portal", "portal", applied.instance.portal_url)] + [
        (f"desk_{row['code']}_live", row["principal"], "enrolment", desks[row["code"]])
        for row, _ in desk_ports(applied)
    ]
    return [
        Process(
            name,
            [
                *_gunicorn(LIVE[service], name, live_urls(applied)[name], LIVE_WORKERS),
                *("--worker-class", "gevent"),
                *("--worker-connections", str(LIVE_CONNECTIONS)),
                *("--graceful-timeout", "1"),
            ],
            _environment(applied, principal) | {"PAGES_URL": pages},
        )
        for name, principal, service, pages in found
    ]


def _service(applied: Applied, principal: str, service: str) -> Process:
    more = {BILLING: _for_billing, IDENTITY: _mail_server}.get(principal, _nothing_more)
    return Process(
        principal,
        [sys.executable, "-m", "shared.bus.runner", CLASSES[service]],
        _environment(applied, principal) | more(applied),
    )


def _metrics(applied: Applied) -> Process:
    """Return the one page of metrics of this instance, on this machine alone (decision 0030)."""
    environment = {**applied.instance.environment, "PYTHONPATH": str(PROJECT)}
    return Process("metrics", [sys.executable, "-m", "deploy.metrics"], environment)


def _nothing_more(_applied: Applied) -> dict[str, str]:
    return {}


def _beside_billing(applied: Applied) -> list[Process]:
    """
    Return billing's worker, which runs and asks PayFiP without holding up the service.

    A town of demonstration has a stand-in for PayFiP, which pays nobody.
    """
    environment = _environment(applied, BILLING) | _payment_addresses(applied)
    worker = [sys.executable, "-m", "services.billing.worker"]
    beside = [Process("billing_worker", worker, environment)]
    if _is_demo(applied):
        port = str(applied.instance.payfip_stub_port)
        stub = [sys.executable, "-m", "deploy.payfip_stub", "--port", port]
        beside.append(Process("payfip_stub", stub, {"PYTHONPATH": str(PROJECT)}))
    return beside


def _for_billing(applied: Applied) -> dict[str, str]:
    """Return addresses for payments, and where the official schemas of PES v2 are, if anywhere."""
    return _payment_addresses(applied) | {"PES_XSD_DIR": os.environ.get("PES_XSD_DIR", "")}


def _payment_addresses(applied: Applied) -> dict[str, str]:
    """Return where the portal is, for PayFiP to come back to, and where PayFiP is."""
    addresses = {"PORTAL_URL": applied.instance.portal_url}
    if _is_demo(applied):
        stub = applied.instance.payfip_stub_url
        addresses |= {
            "PAYFIP_SERVICE": f"{stub}/tpa/services/securite",
            "PAYFIP_PAGE": f"{stub}/tpa/paiementws.web",
        }
    return addresses


def _mail_server(applied: Applied) -> dict[str, str]:
    """
    Return what identity's letters need: where the portal is, and in a town of demonstration the
    server that keeps them on this machine. A real town writes MAIL_* into identity's secrets.
    """
    found = {"PORTAL_URL": applied.instance.portal_url}
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
    stub = [sys.executable, "-m", "deploy.mail_stub", "--port", port, "--folder", folder]
    return [Process("mail_stub", stub, {"PYTHONPATH": str(PROJECT)})]


def _is_demo(applied: Applied) -> bool:
    register = applied.current()
    return register is not None and bool(register["town"]["demo"])


def _web(
    applied: Applied,
    name: str,
    principal: str,
    port: int,
    service: str,
    workers: int,
    **more: str,
) -> Process:
    argv = [
        *_gunicorn(WEB[service], name, f"http://{LOOPBACK}:{port}", workers),
        *("--worker-class", "gthread"),
        *("--threads", str(THREADS)),
    ]
    return Process(name, argv, _environment(applied, principal) | more)


def _gunicorn(application: str, name: str, url: str, workers: int) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", application),
        *("--bind", url.removeprefix("http://")),
        *("--workers", str(workers)),
        *("--name", name),
        "--no-control-socket",
        *("--config", "python:shared.gunicorn_hooks"),
    ]


def _environment(applied: Applied, principal: str) -> dict[str, str]:
    return {
        **applied.environment(principal),
        "PYTHONPATH": str(PROJECT),
        "PYTHONWARNINGS": "ignore",
    }
