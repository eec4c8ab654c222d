"""
Compares the locked packages with a database of known vulnerabilities: `make audit`.

Ends with 0 where none is known, 1 where one is, and 2 where the database was not reached or knows
nothing: it is also asked about a package whose vulnerabilities everybody knows.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass

from deploy.releases.requirements.locked_packages import DEV, locked_packages

OSV = "https://api.osv.dev/v1/query"
CANARY = ("django", "2.0")
"""Package in no lock, and old enough to be in every database; nothing of it is installed."""

FOUND, NOT_AUDITED = 1, 2


class NotAudited(Exception):
    """No source said anything of the packages; the message says why."""


@dataclass(frozen=True)
class Vulnerability:
    """A known vulnerability of a locked package, and the versions in which it is mended."""

    package: str
    version: str
    id: str
    mended_in: tuple[str, ...]

    def __str__(self) -> str:
        mended = " or ".join(self.mended_in) or "no version yet"
        return f"{self.package} {self.version}: {self.id}, mended in {mended}"


def known_vulnerabilities(database: str) -> list[Vulnerability]:
    """Return what a database knows of the locked packages; raises NotAudited."""
    packages = dict(locked_packages(DEV, here=True))
    rows = _audited_packages([*packages.items(), CANARY], database)
    if not any(row["name"] == CANARY[0] and row.get("vulns") for row in rows):
        raise NotAudited(f"{database} knows no vulnerability of {' '.join(CANARY)}")
    if missing := packages.keys() - {row["name"] for row in rows if "vulns" in row}:
        raise NotAudited(f"{database} did not say of {', '.join(sorted(missing))}")
    return [
        Vulnerability(row["name"], row["version"], each["id"], tuple(each["fix_versions"]))
        for row in rows
        if row["name"] in packages
        for each in row["vulns"]
    ]


def _audited_packages(packages: Iterable[tuple[str, str]], database: str) -> list[dict]:
    """Return pip-audit's row of each package."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as pins:
        pins.writelines(f"{name}=={version}\n" for name, version in packages)
        pins.flush()
        command = [
            *(sys.executable, "-m", "pip_audit", "--requirement", pins.name),
            *("--disable-pip", "--no-deps", "--progress-spinner", "off"),
            *("--vulnerability-service", "osv", "--osv-url", database, "--format", "json"),
        ]
        done = subprocess.run(command, capture_output=True, text=True)
    try:
        rows: list[dict] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        raise NotAudited(f"{database} was not reached") from None
    return rows


def main(database: str) -> int:
    """Say what is known, in a line for each vulnerability, or why nothing is; return the code."""
    try:
        found = known_vulnerabilities(database)
    except NotAudited as why:
        print(f"The packages were not audited: {why}.", file=sys.stderr)
        return NOT_AUDITED
    for each in found:
        print(each)
    number = len(dict(locked_packages(DEV, here=True)))
    print(f"{number} packages, {len(found)} known vulnerabilities ({database}).")
    return FOUND if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else OSV))
