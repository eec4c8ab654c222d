"""The processes of a town, from its register: services, the portal, a desk for each provider."""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from deploy.apply import Applied
from deploy.instance import LOOPBACK, PROJECT
from deploy.service_map import CLASSES, WEB
from deploy.supervisor import Process
from shared.declarations import BILLING

PORTAL_WORKERS, DESK_WORKERS, THREADS = 2, 1, 4


def wanted(applied: Applied) -> list[Process]:
    """Return what should run now; asked again at each `apply`."""
    register = applied.current()
    if register is None:
        return []
    running = [
        _service(applied, row["name"], row["service"])
        for row in register["principals"]
        if row["service"] in CLASSES
    ]
    others = json.dumps(desk_urls(applied))  # desks alone restart where one comes or goes
    desks = [
        _web(
            applied,
            f"desk_{row['code']}",
            row["principal"],
            port,
            "enrolment",
            DESK_WORKERS,
            DESKS=others,
        )
        for row, port in desk_ports(applied)
    ]
    portal = _web(
        applied, "portal_web", "portal", applied.instance.portal_port, "portal", PORTAL_WORKERS
    )
    return [*running, *_beside_billing(applied, register), portal, *desks]


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


def _service(applied: Applied, principal: str, service: str) -> Process:
    more = _for_billing(applied) if principal == BILLING else {}
    return Process(
        principal,
        [sys.executable, "-m", "shared.bus.runner", CLASSES[service]],
        _environment(applied, principal) | more,
    )


def _beside_billing(applied: Applied, register: Mapping[str, Any]) -> list[Process]:
    """
    Return billing's worker, which runs and asks PayFiP without holding up the service.

    A town of demonstration has a stand-in for PayFiP, which pays nobody.
    """
    environment = _environment(applied, BILLING) | _payment_addresses(applied)
    worker = [sys.executable, "-m", "services.billing.worker"]
    beside = [Process("billing_worker", worker, environment)]
    if register["town"]["demo"]:
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
    register = applied.current() or {"town": {"demo": False}}
    if register["town"]["demo"]:
        stub = applied.instance.payfip_stub_url
        addresses |= {
            "PAYFIP_SERVICE": f"{stub}/tpa/services/securite",
            "PAYFIP_PAGE": f"{stub}/tpa/paiementws.web",
        }
    return addresses


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
        sys.executable,
        "-m",
        "gunicorn",
        WEB[service],
        "--bind",
        f"{LOOPBACK}:{port}",
        "--worker-class",
        "gthread",
        "--workers",
        str(workers),
        "--threads",
        str(THREADS),
        "--name",
        name,
        "--no-control-socket",
    ]
    return Process(name, argv, _environment(applied, principal) | more)


def _environment(applied: Applied, principal: str) -> dict[str, str]:
    return {
        **applied.environment(principal),
        "PYTHONPATH": str(PROJECT),
        "PYTHONWARNINGS": "ignore",
    }
