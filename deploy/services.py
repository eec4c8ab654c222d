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


_LATE_PATCHING = "deploy.processes.forks.late_patching"


def _modules_to_load(*paths: str) -> tuple[str, ...]:
    return (*dict.fromkeys(path.partition(":")[0] for path in paths), MAPPED)


_SERVICES = tuple(spec.service for spec in SPECS.values())
_WEB = tuple(spec.web for spec in SPECS.values() if spec.web)

LOADED_BY_ALL = (
    f"{_LATE_PATCHING}:begin_noting",
    *_modules_to_load(
        "gunicorn.app.wsgiapp",
        "gunicorn.workers.gthread",
        *(web.application for web in _WEB),
        *(worker.module for spec in SPECS.values() for worker in spec.workers),
        "deploy.metrics.__main__",
        "deploy.processes.engine_watch",
        "deploy.demo.payfip_stub.__main__",
        "deploy.demo.mail_stub.__main__",
        *_SERVICES,
    ),
    f"{_LATE_PATCHING}:note_references",
)
SHARED_BY_PAGES = (LOADED_BY_ALL,)
SHARED_BY_SERVICES = (
    LOADED_BY_ALL,
    (
        f"{_LATE_PATCHING}:patch_with_eventlet",
        *_modules_to_load("shared.bus.runner", "eventlet.tpool", *_SERVICES),
    ),
)
SHARED_BY_STREAMS = (
    LOADED_BY_ALL,
    (
        f"{_LATE_PATCHING}:patch_with_gevent",
        *_modules_to_load(
            "gunicorn.app.wsgiapp",
            "gunicorn.workers.ggevent",
            *(web.live.application for web in _WEB if web.live),
        ),
    ),
)
"""
Modules that processes load once and share (deploy/processes/prefork), in layers: all have the code
of pages and of services; eventlet patches what services have of it, gevent what streams have.
"""


def declarations_in_code() -> list[Answers | Subscribes]:
    """Return what all the code declares of itself; imports no broker library's event loop."""
    answering, subscribing = register_rows_of(
        _service_class_of_spec(spec) for spec in SPECS.values()
    )
    return [*answering, *subscribing]


def store_of_service(service: str) -> Store:
    """Return the database of a service as its code declares it, not connected."""
    return service_class(service).store


def service_class(service: str) -> type[Service]:
    """Return the class of a service, with all that it declares."""
    return _service_class_of_spec(SPECS[service])


def folder_of_service(service: str) -> str:
    """Return the folder under `services/` that holds a service."""
    return SPECS[service].folder


def _service_class_of_spec(spec: ServiceSpec) -> type[Service]:
    module, _, name = spec.service.partition(":")
    found: type[Service] = getattr(import_module(module), name)
    return found
