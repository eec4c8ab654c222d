"""The processes of a town, from its register: services, the portal, a desk for each provider."""

import sys

from deploy.apply import Applied
from deploy.instance import LOOPBACK, PROJECT
from deploy.service_map import CLASSES, WEB
from deploy.supervisor import Process

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
    desks = [
        _web(applied, f"desk_{row['code']}", row["principal"], port, "enrolment", DESK_WORKERS)
        for row, port in desk_ports(applied)
    ]
    portal = _web(
        applied, "portal_web", "portal", applied.instance.portal_port, "portal", PORTAL_WORKERS
    )
    return [*running, portal, *desks]


def desk_ports(applied: Applied) -> list[tuple[dict, int]]:
    """Return each provider of the register with the port of its desk."""
    register = applied.current() or {"providers": []}
    return [
        (row, applied.instance.desk_port(position))
        for position, row in enumerate(register["providers"])
    ]


def _service(applied: Applied, principal: str, service: str) -> Process:
    return Process(
        principal,
        [sys.executable, "-m", "shared.bus.runner", CLASSES[service]],
        _environment(applied, principal),
    )


def _web(
    applied: Applied, name: str, principal: str, port: int, service: str, workers: int
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
    return Process(name, argv, _environment(applied, principal))


def _environment(applied: Applied, principal: str) -> dict[str, str]:
    return {
        **applied.environment(principal),
        "PYTHONPATH": str(PROJECT),
        "PYTHONWARNINGS": "ignore",
    }
