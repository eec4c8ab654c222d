"""Others' work in Préau: the bill of materials, and its audit, which is never silent."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion

from deploy.instance.instance import LOOPBACK, PROJECT
from deploy.releases.requirements.audit import CANARY, FOUND, NOT_AUDITED
from deploy.releases.requirements.bill_of_materials import bill_of_materials
from deploy.releases.requirements.locked_packages import RUN, locked_packages

NOWHERE = f"http://{LOOPBACK}:9/v1/query"


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    return bill_of_materials()


def test_the_bill_lists_what_the_lock_lists_with_the_same_digests(bill: dict[str, Any]) -> None:
    listed = {(each["name"], each["version"]): _digests(each) for each in bill["components"]}
    pins = re.findall(r"^(\S+)==(\S+)[^\n]*\n((?: +--hash\S+.*\n)+)", RUN.read_text(), re.MULTILINE)

    assert len(pins) > 80
    assert listed == {
        (name, version): set(re.findall(r"sha256:([0-9a-f]{64})", lines))
        for name, version, lines in pins
    }
    assert set(listed) == set(locked_packages(RUN))


def _digests(component: dict[str, Any]) -> set[str]:
    return {
        digest["content"]
        for reference in component["externalReferences"]
        for digest in reference["hashes"]
    }


def test_the_bill_is_of_its_format_and_says_what_needs_what(bill: dict[str, Any]) -> None:
    # Its grammars take a second to be made: not in each process that collects tests.
    validation = import_module("cyclonedx.validation.json")
    validator = validation.JsonStrictValidator(SchemaVersion.V1_6)

    assert validator.validate_str(json.dumps(bill)) is None

    needs = {row["ref"]: row["dependsOn"] for row in bill["dependencies"]}
    (flask,) = [ref for ref in needs if ref.startswith("flask==")]
    assert flask in needs[bill["metadata"]["component"]["bom-ref"]]
    assert any(ref.startswith("jinja2==") for ref in needs[flask])


def test_nearly_every_package_says_its_licence(bill: dict[str, Any]) -> None:
    without = [each["name"] for each in bill["components"] if "licenses" not in each]

    assert len(without) < len(bill["components"]) / 10, without


class Database(http.server.BaseHTTPRequestHandler):
    """Answers as OSV does, of the vulnerabilities that a test lets it know."""

    known: Mapping[str, str]

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = asked["package"]["name"]
        known = [_vulnerability(name, self.known[name])] if name in self.known else []
        answer = json.dumps({"vulns": known} if known else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def _vulnerability(name: str, number: str) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "999.1"}]
    package = {"name": name, "ecosystem": "PyPI"}
    ranges = [{"type": "ECOSYSTEM", "events": events}]
    return {"id": number, "summary": "!", "affected": [{"package": package, "ranges": ranges}]}


@contextmanager
def database(**known: str) -> Iterator[str]:
    """Give the address of a database that knows one vulnerability of each of these packages."""
    handler = type("Known", (Database,), {"known": known})
    with http.server.ThreadingHTTPServer((LOOPBACK, 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_port}/v1/query"
        server.shutdown()


def audit(database: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Audit as `make audit` does; nothing that another run asked is remembered."""
    return subprocess.run(
        [sys.executable, "-m", "deploy.releases.requirements.audit", database],
        cwd=PROJECT,
        env={**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home)},
        capture_output=True,
        text=True,
    )


def test_an_audit_names_what_is_vulnerable_and_the_version_that_mends_it(tmp_path: Path) -> None:
    with database(**{CANARY[0]: "PYSEC-1", "flask": "PYSEC-2"}) as known:
        done = audit(known, tmp_path)

    assert done.returncode == FOUND
    assert "PYSEC-2, mended in 999.1" in done.stdout and "PYSEC-1" not in done.stdout


def test_an_audit_that_finds_nothing_says_how_much_it_looked_at(tmp_path: Path) -> None:
    with database(**{CANARY[0]: "PYSEC-1"}) as known:
        done = audit(known, tmp_path)

    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\d{3} packages, 0 known vulnerabilities \(http\S+\)\.\n", done.stdout)


def test_an_audit_by_a_database_that_knows_nothing_is_none(tmp_path: Path) -> None:
    with database() as known:
        done = audit(known, tmp_path)

    assert done.returncode == NOT_AUDITED
    assert f"were not audited: {known} knows no vulnerability of django 2.0." in done.stderr


def test_an_audit_without_a_database_says_so_in_one_sentence_and_fails(tmp_path: Path) -> None:
    done = audit(NOWHERE, tmp_path)

    assert done.returncode == NOT_AUDITED
    assert (done.stdout, done.stderr) == (
        "",
        f"The packages were not audited: {NOWHERE} was not reached.\n",
    )
