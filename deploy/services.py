"""The services of a town, found by their `spec.py`, and the code behind each name."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from shared.bus.service_declarations import Service, register_rows_of
from shared.bus.service_spec import Principals, ServiceSpec
from shared.register.declarations import OPS, Answers, Subscribes

if TYPE_CHECKING:
    from shared.database import Store

SERVICES = Path(__file__).resolve().parents[1] / "services"


def _find_specs() -> dict[str, ServiceSpec]:
    """Return the specs of all services by name."""
    specs = []
    for path in sorted(SERVICES.glob("**/spec.py")):
        module = ".".join(path.relative_to(SERVICES.parent).with_suffix("").parts)
        specs.append(import_module(module).SPEC)
    return {spec.name: spec for spec in specs}


SPECS = _find_specs()
SINGLE = (
    *(spec.name for spec in SPECS.values() if spec.principals is Principals.ONE),
    OPS,
)
"""The principals that every town has, one for each."""

MAPPED = "sqlalchemy.orm:configure_mappers"
"""Each process would set its models up at its first query, and keep 20 MB of its own for that."""


def _modules_to_load(*paths: str) -> tuple[str, ...]:
    return (*dict.fromkeys(path.partition(":")[0] for path in paths), MAPPED)


LOADED_BY_SERVICES = _modules_to_load(
    "shared.bus.runner", *(spec.service for spec in SPECS.values())
)
LOADED_BY_PAGES = _modules_to_load(
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    *(spec.web.application for spec in SPECS.values() if spec.web),
    *(worker.module for spec in SPECS.values() for worker in spec.workers),
    "deploy.metrics.__main__",
    "deploy.processes.engine_watch",
    "deploy.demo.payfip_stub.__main__",
    "deploy.demo.mail_stub.__main__",
)
LOADED_BY_STREAMS = (
    "gevent.monkey:patch_all",
    *_modules_to_load(
        "gunicorn.app.wsgiapp",
        "gunicorn.workers.ggevent",
        *(spec.web.live.application for spec in SPECS.values() if spec.web and spec.web.live),
    ),
)
"""
Modules that processes load once and share (deploy/processes/prefork): services have eventlet,
streams gevent.
"""


def declarations_in_code() -> list[Answers | Subscribes]:
    """Return what all the code declares of itself; imports no broker library's event loop."""
    answering, subscribing = register_rows_of(_class_of(spec) for spec in SPECS.values())
    return [*answering, *subscribing]


def store_of(service: str) -> Store:
    """Return the database of a service as its code declares it, not connected."""
    return service_class(service).store


def service_class(service: str) -> type[Service]:
    """Return the class of a service, with all that it declares."""
    return _class_of(SPECS[service])


def folder_of(service: str) -> str:
    """Return the folder under `services/` that holds a service."""
    return SPECS[service].folder


def _class_of(spec: ServiceSpec) -> type[Service]:
    module, _, name = spec.service.partition(":")
    found: type[Service] = getattr(import_module(module), name)
    return found
