"""
The routes of an application, as its own map has them.

Each is made in a process of its own with a principal's environment, so that nothing of a service is
opened in the process of the tests; all are forks of one that has read the code of all, beside
what commands are forked with.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from multiprocessing import get_context

from deploy.applied_town import Applied
from tests.forked import processes

UNTOLD = ("HEAD", "OPTIONS")
APPLICATIONS = {
    "portal": "services.portal_gateway.app",
    "front_desk": "services.portal_gateway.front_desk.app",
    "enrolment_ens": "services.enrolment.desk.app",
    "enrolment_agg": "services.enrolment.desk.app",
}
"""Modules of the applications by principal."""

MAPS_SECONDS = 120


@dataclass(frozen=True)
class Route:
    """One address and method; `arguments` are the names of its variable parts."""

    rule: str
    endpoint: str
    method: str
    arguments: tuple[str, ...]

    @property
    def blueprint(self) -> str:
        return self.endpoint.rpartition(".")[0]


def routes_of(applied: Applied, principal: str) -> tuple[Route, ...]:
    """Return every route of an application of a town, static files apart."""
    return _maps(applied)[principal]


@cache
def _maps(applied: Applied) -> dict[str, tuple[Route, ...]]:
    """Return the routes of all applications by principal."""
    environments = {name: applied.environment_of_principal(name) for name in APPLICATIONS}
    with ProcessPoolExecutor(1, mp_context=processes) as reader_of_code:
        return reader_of_code.submit(_all_maps, environments).result(MAPS_SECONDS)


def _all_maps(environments: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[Route, ...]]:
    for name in environments:
        import_module(APPLICATIONS[name])
    with get_context("fork").Pool(1, maxtasksperchild=1) as each_in_its_own:
        return dict(each_in_its_own.map(_map, environments.items(), chunksize=1))


def _map(asked: tuple[str, Mapping[str, str]]) -> tuple[str, tuple[Route, ...]]:
    name, environment = asked
    os.environ.update(environment)
    app = import_module(APPLICATIONS[name]).create_app()
    rows = sorted(
        (rule.rule, rule.endpoint, method, tuple(sorted(rule.arguments)))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - set(UNTOLD)
        if not rule.endpoint.endswith("static")
    )
    return name, tuple(Route(*row) for row in rows)
