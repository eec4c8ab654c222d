"""Modules of each service name: the one list of what a town runs."""

from importlib import import_module
from typing import Any

from shared.bus.declare import declarations_of

CLASSES = {
    "identity": "services.identity.service:IdentityService",
    "dossier": "services.dossier.service:DossierService",
    "billing": "services.billing.service:BillingService",
    "enrolment": "services.enrolment.service:EnrolmentService",
    "portal": "services.portal_gateway.service:PortalService",
    "front_desk": "services.portal_gateway.front_desk.service:FrontDeskService",
}
WEB = {
    "portal": "services.portal_gateway.app:create_app()",
    "enrolment": "services.enrolment.desk.app:create_app()",
    "front_desk": "services.portal_gateway.front_desk.app:create_app()",
}
LIVE = {
    "portal": "services.portal_gateway.live.app:create_app()",
    "enrolment": "services.enrolment.desk.live_app:create_app()",
}
"""The streams of open pages, each beside its pages."""


MAPPED = "sqlalchemy.orm:configure_mappers"
"""Each process would set its models up at its first query, and keep 20 MB of its own for that."""


def _loaded(*paths: str) -> tuple[str, ...]:
    return (*dict.fromkeys(path.partition(":")[0] for path in paths), MAPPED)


LOADED_BY_SERVICES = _loaded("shared.bus.runner", *CLASSES.values())
LOADED_BY_PAGES = _loaded(
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    *WEB.values(),
    *("services.billing.worker", "deploy.metrics.__main__", "deploy.demo.payfip_stub.__main__"),
    "deploy.demo.mail_stub.__main__",
)
LOADED_BY_STREAMS = (
    "gevent.monkey:patch_all",
    *_loaded("gunicorn.app.wsgiapp", "gunicorn.workers.ggevent", *LIVE.values()),
)
"""
Modules preloaded for processes (deploy/processes/prefork): services have eventlet, streams
gevent.
"""

FOLDERS = {"portal": "portal_gateway", "front_desk": "portal_gateway/front_desk"}
"""Folders of services whose name differs."""

WITH_DATABASE = tuple(CLASSES)


def declarations() -> list[Any]:
    """Return what all the code declares of itself; imports no broker library's event loop."""
    classes = []
    for path in CLASSES.values():
        module, _, name = path.partition(":")
        classes.append(getattr(import_module(module), name))
    answering, hearing = declarations_of(classes)
    return [*answering, *hearing]


def store_of(service: str) -> Any:
    """Return the database of a service as its code declares it, not connected."""
    module, _, name = CLASSES[service].partition(":")
    return getattr(import_module(module), name).store


def folder_of(service: str) -> str:
    """Return the folder under `services/` that holds a service."""
    return FOLDERS.get(service, service)
