"""
Steps of the town's IT department on engines of its own (docs/cluster.md), from the file to pages
over https: every command of that page, and each file in the eyes of its own tool.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from deploy.applied_town import Applied
from deploy.backups.databases.interface import BackupError
from deploy.backups.restoring import restore_town
from deploy.doctor.client_addresses import PEOPLE
from deploy.instance.instance import ENGINES_FILE, Instance
from deploy.processes.nginx import NGINX
from deploy.provisioning.apply import apply_town_file, broker_differences
from services.identity.accounts.rules import passwords
from services.identity.models import Account
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.deploy.readable_units import readable
from tests.deploy.town_engines import TownEngines, as_systemd_would
from tests.forked import run_preau
from tests.journeys.town import COMMAND_SECONDS
from tests.ports import PORT_BASE

AROUND = """\
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/preau.conf;
}}
"""
FRONT_PORT = PORT_BASE + 670
OF_A_SIGN_IN = ("identity", "identity-signer", "portal", "portal-web")
"""Units that a family's sign-in goes through."""
PASSWORD = "quatre mots sans rapport"
PATIENCE = 600.0
"""Seconds until what is asked for counts as missing: no test measures the machine."""
MOST_EXPOSED = 2.0
"""The most exposure, of ten, as systemd counts it; 9.6 without any protection."""


class TownOnEngines:
    """A demo town on the town's engines, run by nobody yet."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.engines = TownEngines(home, PORT_BASE + 600, FRONT_PORT)
        self.instance = Instance(home / "var", PORT_BASE + 620)
        self.units = home / "systemd"
        self.runtime = home / "run"
        self.nginx = home / "nginx"

    def preau(self, *arguments: str, ok: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run `preau …` where PREAU_ENGINES names the engines."""
        named = {"PREAU_ENGINES": str(self.engines.file)}
        environment = {**os.environ, **self.instance.environment, **named}
        done = run_preau(arguments, environment, seconds=COMMAND_SECONDS)
        if ok and done.returncode != 0:
            raise AssertionError(f"preau {' '.join(arguments)}: {done.stdout}\n{done.stderr}")
        return done

    @contextmanager
    def running(self, *names: str) -> Iterator[None]:
        """Run these units of the first host, or all of them."""
        files = [self.units / f"preau-{name}.service" for name in names] or sorted(
            set(self.units.glob("*.service")) - {self.units / "preau-apply.service"}
        )
        with _ended([as_systemd_would(file.read_text("utf-8"), self.runtime) for file in files]):
            yield

    @contextmanager
    def reached(self) -> Iterator[None]:
        """Run nginx, until a family finds where to sign in and until the end."""
        command = [NGINX, "-p", self.nginx, "-c", self.nginx / "all.conf"]
        nginx = subprocess.Popen(command)
        with _ended([nginx]):
            _until(lambda: nginx.poll() is not None or _shows_families_where_to_sign_in(self))
            assert nginx.poll() is None, "nginx has ended: another one may have its port"
            yield

    def page(self, name: str, path: str) -> requests.Response:
        """Ask nginx for a page at one of the town's addresses."""
        return self.browser(name).get(f"https://127.0.0.1:{FRONT_PORT}{path}", timeout=PATIENCE)

    def browser(self, name: str, **headers: str) -> requests.Session:
        """Return a browser at one of the town's addresses."""
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.engines.instance.home / "certificate.pem")
        session.headers.update({"Host": f"{name}.ville.example:{FRONT_PORT}", **headers})
        return session

    def guesses(self, forwarded: str) -> None:
        """Try a password at the portal, as a load balancer says from where."""
        assert self.signs_in("nobody@example.org", "a wrong one", forwarded) == 422

    def signs_in(self, login: str, password: str, forwarded: str) -> int:
        """Send the portal's sign-in as a load balancer passes it on; return what it answers."""
        browser = self.browser("familles", **{"X-Forwarded-For": forwarded})
        address = f"https://127.0.0.1:{FRONT_PORT}/connexion"
        token = re.findall(r'name="csrf_token" value="([^"]+)"', browser.get(address).text)[0]
        form = {"csrf_token": token, "login": login, "password": password}
        referer = f"https://{browser.headers['Host']}/connexion"
        # The cookie belongs to the host of the header, which requests does not know.
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)
        answer = browser.post(
            address,
            data=form,
            headers={"Referer": referer, "Cookie": cookies},
            timeout=PATIENCE,
            allow_redirects=False,
        )
        return answer.status_code


@contextmanager
def _ended(processes: "list[subprocess.Popen[bytes]]") -> Iterator[None]:
    """End processes after the block."""
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(PATIENCE)


@pytest.fixture(scope="module")
def town() -> Iterator[TownOnEngines]:
    """Give a town that has been applied to its engines, with what systemd and nginx read."""
    home = Path(tempfile.mkdtemp(prefix="preau-engines-"))
    home.chmod(0o711)
    town = TownOnEngines(home)
    try:
        town.engines.start()
        town.nginx.mkdir()
        town.runtime.mkdir()
        town.preau("apply")
        copy = ["--copy", "1", "--nginx", str(town.nginx / "preau.conf")]
        town.preau("units", str(town.units), "--user", "daemon", *copy)
        (town.nginx / "all.conf").write_text(AROUND.format(folder=town.nginx), "utf-8")
        yield town
    finally:
        town.engines.stop()
        shutil.rmtree(home, ignore_errors=True)


def test_a_second_apply_changes_nothing(town: TownOnEngines) -> None:
    assert town.preau("plan").stdout == "nothing to change\n"
    assert town.preau("register").returncode == 0


def test_systemd_reads_every_unit_and_finds_nothing_to_say(
    town: TownOnEngines, tmp_path: Path
) -> None:
    units = sorted({*town.units.iterdir()} - {town.units / "preau-users.conf"})
    files = readable(units, tmp_path)

    read = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True)

    assert len(files) > 15
    assert (read.returncode, read.stderr) == (0, "")


def test_systemd_finds_each_process_of_its_own_little_exposed(
    town: TownOnEngines, tmp_path: Path
) -> None:
    names = ("dossier", "identity-signer", "portal-web", "portal-live", "billing-worker", "apply")
    for file in readable([town.units / f"preau-{name}.service" for name in names], tmp_path):
        command = ["systemd-analyze", "security", "--offline=true", "--no-pager", file]
        said = subprocess.run(command, capture_output=True, text=True).stdout

        [level] = re.findall(r"Overall exposure level for \S+: ([0-9.]+)", said)
        assert float(level) <= MOST_EXPOSED


def test_nginx_reads_its_file_and_finds_nothing_to_say(town: TownOnEngines) -> None:
    command = [NGINX, "-t", "-q", "-p", str(town.nginx), "-c", str(town.nginx / "all.conf")]

    read = subprocess.run(command, capture_output=True, text=True)

    assert (read.returncode, read.stderr) == (0, "")


def test_the_nightly_unit_applies(town: TownOnEngines) -> None:
    night = as_systemd_would((town.units / "preau-apply.service").read_text("utf-8"), town.runtime)

    assert night.wait(PATIENCE) == 0


def test_a_service_may_neither_change_its_tables_nor_enter_anothers(town: TownOnEngines) -> None:
    applied = Applied(town.instance)
    own = applied.secrets.read_values("dossier")["DATABASE_URL"]
    elsewhere = own.replace("/preau_dossier?", "/preau_billing?")

    for url, act in ((own, "DROP TABLE child CASCADE"), (elsewhere, "SELECT 1")):
        engine = create_engine(url)
        refused = pytest.raises(DBAPIError, match=r"must be owner|permission denied")
        with refused, engine.connect() as connection:
            connection.execute(text(act))
        engine.dispose()


def test_all_services_get_new_passwords_and_who_has_the_former_ones_is_cut_when_asked(
    town: TownOnEngines,
) -> None:
    secrets = Applied(town.instance).secrets
    files = ("dossier", "dossier_owner")
    former = [
        url for file in files for key, url in secrets.read_values(file).items() if "_URL" in key
    ]
    assert len(former) == 4
    strangers = [create_engine(url).connect() for url in former]

    said = town.preau("renew", "--all").stdout

    for url in former:
        with pytest.raises(OperationalError, match="authentication failed"):
            create_engine(url).connect()
    assert all(stranger.scalar(text("SELECT 1")) == 1 for stranger in strangers)
    [cut] = [line for line in said.splitlines() if line.startswith("preau renew --cut")]
    assert town.preau(*cut.split()[1:]).stdout == "4 connections ended\n"
    for stranger in strangers:
        with pytest.raises(OperationalError):
            stranger.scalar(text("SELECT 1"))
        stranger.invalidate()
    assert town.preau("plan").stdout == "nothing to change\n"


def test_a_copy_is_restored_under_other_names_and_goes_over_nothing(town: TownOnEngines) -> None:
    copy = town.home / "copy"
    town.preau("backup", str(copy))
    there = yaml.safe_load(town.engines.file.read_text("utf-8"))
    other = Applied(Instance(town.home / "again", PORT_BASE + 640))
    other.instance.home.mkdir()

    for virtual_host, prefix in (("préau", "again_"), ("encore", "preau_")):
        there["broker"]["virtual_host"], there["database"]["prefix"] = virtual_host, prefix
        (other.instance.home / ENGINES_FILE).write_text(yaml.safe_dump(there), "utf-8")
        with pytest.raises(BackupError, match="already"):
            restore_town(Applied(other.instance), copy)
        assert other.secrets.principals_with_secrets() == []

    there["database"]["prefix"] = "again_"
    (other.instance.home / ENGINES_FILE).write_text(yaml.safe_dump(there), "utf-8")
    restore_town(other, copy)
    apply_town_file(other)
    assert broker_differences(other) == []
    engine = create_engine(other.secrets.read_values("dossier")["DATABASE_URL"])
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
        with pytest.raises(DBAPIError, match="must be owner"):
            connection.execute(text("DROP TABLE child CASCADE"))
    assert engine.url.database == "again_dossier"
    engine.dispose()


def test_units_of_a_sign_in_run_over_https_and_the_doctor_finds_a_balancer_that_is_not_named(
    town: TownOnEngines,
) -> None:
    """All families are one address before it is named, and each one's mistakes slow the others."""
    named = yaml.safe_load(town.engines.file.read_text("utf-8"))
    nobody = {**named, "front": {**named["front"], "proxies": []}}
    *strangers, known = open_accounts(town, PEOPLE + 2)
    with town.running(*OF_A_SIGN_IN):
        try:
            write_front(town, nobody)
            with town.reached():
                for number, login in enumerate(strangers):
                    assert _until(
                        lambda: town.signs_in(login, PASSWORD, f"203.0.113.{number}") == 303  # noqa: B023
                    )

                assert "front.proxies does not name it" in town.preau("doctor", ok=False).stdout
        finally:
            write_front(town, named)

        with town.reached():
            _each_visitor_is_an_address_whatever_it_says_itself(town)
            assert _until(lambda: town.signs_in(known, PASSWORD, "203.0.113.250") == 303)
            assert "came from one address" not in town.preau("doctor", ok=False).stdout


def test_what_an_engine_shows_is_said_before_and_after_it_is_over_and_mended_as_the_doctor_says(
    town: TownOnEngines,
) -> None:
    """Nobody is put out by an engine that comes back with another certificate."""
    engines, broker = town.engines, f"127.0.0.1:{town.engines.tls_port}"
    database = f"127.0.0.1:{engines.instance.postgres_port}"
    [known] = open_accounts(town, 1)
    with town.running(*OF_A_SIGN_IN):
        with town.reached():
            pass  # each service is connected to both
        try:
            for renew, days in ((engines.renew_broker, 2), (engines.renew_database, 2)):
                renew(days)
            tomorrow = town.preau("doctor", ok=False).stdout
            engines.renew_broker(-1)
            barred = town.preau("doctor", ok=False).stdout
            engines.renew_broker(90)
            engines.renew_database(-1)
            closed = town.preau("doctor", ok=False).stdout
        finally:
            for renew in (engines.renew_broker, engines.renew_database):
                renew(90)
        mended = town.preau("doctor", ok=False).stdout
        with town.reached():
            assert _until(lambda: town.signs_in(known, PASSWORD, "203.0.113.9") == 303)

    assert f"the broker shows at {broker} is over in 1 day" in tomorrow
    assert f"the database server shows at {database} is over in 1 day" in tomorrow
    assert f"the broker shows at {broker} is over since" in barred
    assert "rabbitmqctl eval 'ssl:clear_pem_cache().'" in barred
    assert f"the database server shows at {database} is over since" in closed
    assert "SELECT pg_reload_conf()" in closed
    assert "certbot" not in tomorrow + barred + closed
    assert "accepts no connection" not in barred and "cannot be read" not in closed
    assert broker not in mended and database not in mended and "vouches" not in mended


@pytest.mark.nightly
def test_all_units_of_a_host_together_are_the_town_over_https(town: TownOnEngines) -> None:
    with town.running(), town.reached():
        state = _ready(lambda: json.loads(town.preau("status", "--json", ok=False).stdout))
        assert {row["instances"] for row in state["services"].values()} == {1}
        _each_page_is_there(town)


def _shows_families_where_to_sign_in(town: TownOnEngines) -> bool:
    try:
        return "Se connecter" in town.page("familles", "/").text
    except (requests.ConnectionError, requests.Timeout):  # one of them has not begun
        return False


def _each_page_is_there(town: TownOnEngines) -> None:
    for name in ("ens.guichets", "agg.guichets", "accueil"):
        answer = town.page(name, "/connexion")
        assert answer.status_code == 200
        assert all("Secure" in cookie for cookie in answer.headers["Set-Cookie"].split(","))


def _each_visitor_is_an_address_whatever_it_says_itself(town: TownOnEngines) -> None:
    town.guesses("203.0.113.5")
    one = tries_counted(town)
    town.guesses("198.51.100.1, 203.0.113.5")
    assert tries_counted(town) == one
    town.guesses("203.0.113.6")
    assert tries_counted(town) == one + 2


def write_front(town: TownOnEngines, engines: dict[str, Any]) -> None:
    """Write the file of engines, and what nginx reads by it."""
    town.engines.file.write_text(yaml.safe_dump(engines), "utf-8")
    copy = ["--copy", "1", "--nginx", str(town.nginx / "preau.conf")]
    town.preau("units", str(town.units), "--user", "daemon", *copy)


def open_accounts(town: TownOnEngines, count: int) -> list[str]:
    """Give so many families an account in use; return their logins."""
    moment, hashed = now(), passwords.hash_password(PASSWORD)
    logins = [f"{new_id()}@exemple.fr" for _ in range(count)]
    engine = create_engine(Applied(town.instance).secrets.read_values("identity")["DATABASE_URL"])
    with Session(engine) as session, session.begin():
        session.add_all(
            Account(
                subject=new_id(),
                kind="family",
                login=login,
                name="Un parent",
                version=1,
                not_before=moment,
                active=True,
                password_hash=hashed,
                opened_at=moment,
            )
            for login in logins
        )
    engine.dispose()
    return logins


def tries_counted(town: TownOnEngines) -> int:
    """Return by how many logins and addresses tries are counted."""
    engine = create_engine(Applied(town.instance).secrets.read_values("identity")["DATABASE_URL"])
    with engine.connect() as connection:
        counted = connection.scalar(text("SELECT count(*) FROM login_tries"))
    engine.dispose()
    return int(counted or 0)


def _ready(state: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the state once all that this host runs answers; it asks no pages of the other's."""

    def ready() -> dict[str, Any] | None:
        found = state()
        services = found["services"].values()
        up = bool(services) and all(row.get("instances") == 1 for row in services)
        return found if up and all(row["ok"] for row in found["pages"].values()) else None

    return _until(ready)


def _until(check: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.3)
    return found
