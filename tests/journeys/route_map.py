"""
The routes of an application, as its own map has them: `python -m tests.journeys.route_map MODULE`.

Run as a process of its own with a principal's environment, so that nothing of a service is opened
in the process of the tests.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from deploy.instance.instance import PROJECT
from tests.journeys.town import DemoTown

UNTOLD = ("HEAD", "OPTIONS")


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


@cache
def routes_of(town: DemoTown, principal: str, module: str) -> tuple[Route, ...]:
    """Return every route of an application of this town, static files apart."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.route_map", module],
        cwd=PROJECT,
        env={**town.applied.environment(principal), "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    rows = json.loads(done.stdout)
    return tuple(Route(row[0], row[1], row[2], tuple(row[3])) for row in rows)


def _rows(module: str) -> list[tuple[str, str, str, list[str]]]:
    app = import_module(module).create_app()
    return sorted(
        (rule.rule, rule.endpoint, method, sorted(rule.arguments))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - set(UNTOLD)
        if not rule.endpoint.endswith("static")
    )


if __name__ == "__main__":
    print(json.dumps(_rows(sys.argv[1])))
