"""`preau doctor` on a running town broken on purpose: it says what, and its command mends it."""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from amqp import Connection
from sqlalchemy import text

from deploy.applied_town import Applied
from deploy.cli.records import read_log_check
from deploy.doctor.examine import examine_town
from deploy.doctor.host import (
    BACKED_UP,
    IN_IMAGE,
    check_disk,
    check_disk_of_copies,
    note_nightly_copy,
)
from deploy.engines.broker_topology import Binding
from deploy.engines.rabbitmq_node import FREE_DISK_LIMIT, BrokerNode
from deploy.instance.instance import ENGINES_FILE, PROJECT, Instance
from deploy.processes import supervisor
from deploy.processes.ops_requests import ops_client
from services.portal_gateway.front_desk.models import Base
from shared.bus.broker.malformed_message_channel import tolerant_channel
from shared.contracts.dossier.families import imported_households
from shared.database.engines import engine_for_writing, open_engine
from shared.database.migrations.migrate import newest_revision
from tests.deploy.town_engines import make_certificate
from tests.factories.dossier import child, guardian, household
from tests.factories.register import demo_rows
from tests.journeys.bus import until
from tests.journeys.town import DemoTown
from tests.ports import PORT_BASE

LOOK_PAUSE = 1.5
"""Seconds between two looks: each takes a third of one of a core, and the broker counts slowly."""

HELD = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(600)
"""


class Patient:
    """A running town, what the doctor says of it, and what its commands do."""

    def __init__(self, town: DemoTown) -> None:
        self.town = town

    def findings(self) -> dict[str, str]:
        """Return the command of each finding by its sentence."""
        return {finding.what: finding.mend for finding in examine_town(self.town.applied)}

    def says(self, *words: str) -> str:
        """Return the command of the finding that holds these words, once there is one."""

        def mend() -> str | None:
            found = self.findings()
            return next((found[what] for what in found if all(w in what for w in words)), None)

        return str(until(mend, seconds=40, pause=LOOK_PAUSE))

    def mends(self, mend: str) -> str:
        """Do what the doctor said, in a shell where it takes one; return what it printed."""
        if mend.startswith("preau ") and not set("&|;") & set(mend):
            return self.town.preau(*shlex.split(mend, comments=True)[1:]).stdout
        preau = f'preau() {{ {sys.executable} -m deploy "$@"; }}; '
        done = subprocess.run(
            ["bash", "-c", preau + mend],
            cwd=PROJECT,
            env={**os.environ, **self.town.instance.environment},
            capture_output=True,
            text=True,
            timeout=170,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def is_well(self) -> None:
        """Wait until nothing is wrong: an engine may have ended thrice."""
        until(lambda: not self.findings(), seconds=120, pause=LOOK_PAUSE)


@pytest.fixture
def patient(small_town: DemoTown) -> Iterator[Patient]:
    """Give a town that is well, as it is again after each test."""
    patient = Patient(small_town)
    yield patient
    patient.is_well()


def test_nothing_is_wrong_with_a_town_that_runs(patient: Patient) -> None:
    done = patient.town.preau("doctor", "--deep")

    verdict, note = done.stdout.splitlines()
    assert verdict == "nothing is wrong"
    assert note.startswith("note: one user runs this whole town")


def test_a_log_of_reads_that_was_cut_short(patient: Patient) -> None:
    noted = patient.town.instance.home / read_log_check.FILE
    known = noted.read_text("utf-8")
    later = {"sequence": 1_000_000, "mac": "0" * 64}
    noted.write_text(json.dumps([*json.loads(known), later]), "utf-8")

    found = patient.town.preau("doctor", "--deep", ok=False)
    asked = patient.town.preau("reads", ok=False)

    noted.write_text(known, "utf-8")
    assert "The log of who read what was tampered with: what stood after line" in found.stdout
    assert asked.returncode == 1 and "tampered with: what stood after line" in asked.stdout
    assert patient.town.preau("reads").stdout.startswith("whole: ")


def test_a_folder_without_a_town(tmp_path: Path) -> None:
    done = DemoTown(tmp_path / "var", PORT_BASE + 350).preau("doctor", ok=False)

    assert done.returncode == 1
    said, mend = done.stdout.splitlines()
    assert "no town" in said and mend.strip() == "preau up --detach"


def test_a_broker_that_cannot_start_is_one_finding_until_it_comes_back_by_itself(
    patient: Patient,
) -> None:
    node = BrokerNode(patient.town.instance)
    node.kill()

    with listening(node.amqp_port):
        mend = patient.says("broker cannot start", str(node.amqp_port))
        assert len(patient.findings()) == 1
        assert f"pid={os.getpid()}" in patient.mends(mend)


@pytest.mark.nightly
def test_a_supervisor_that_was_killed_with_all_that_it_started(patient: Patient) -> None:
    os.kill(supervisor.running_pid(patient.town.instance) or 0, signal.SIGKILL)

    patient.mends(patient.says("town does not run"))


def test_a_service_that_hangs(patient: Patient) -> None:
    os.killpg(patient.town.pid("dossier"), signal.SIGSTOP)

    mend = patient.says("dossier runs and does not answer")
    assert len(patient.findings()) == 1
    patient.mends(mend)


def test_a_desk_that_hangs(patient: Patient) -> None:
    os.killpg(patient.town.pid("desk_ens"), signal.SIGSTOP)

    patient.mends(patient.says("desk_ens runs and does not answer"))


def test_a_database_that_is_gone_is_one_finding_though_its_service_and_pages_are_silent(
    patient: Patient,
) -> None:
    town, path = patient.town, patient.town.instance.database_path("enrolment_agg")
    of_it = [town.pid(name) for name in ("enrolment_agg", "desk_agg", "desk_agg_live")]
    for pid in of_it:
        os.killpg(pid, signal.SIGSTOP)
    aside = path.rename(path.with_suffix(".aside"))
    try:
        mend = patient.says("database of enrolment_agg is gone")
        found = patient.findings()
    finally:
        aside.rename(path)
        for pid in of_it:
            os.killpg(pid, signal.SIGCONT)

    assert len(found) == 1
    assert "preau rollback COPY" in mend


def test_a_binding_that_no_register_knows(patient: Patient) -> None:
    foreign = Binding("out.dossier", "in.enrolment_agg.events", "event.enrolment_agg.diet")
    patient.town.applied.broker_as_administrator().bind(foreign)

    patient.mends(patient.says("broker is not what the register says", "enrolment_agg.diet"))


def test_a_town_file_that_was_changed_and_not_applied(patient: Patient) -> None:
    path = patient.town.applied.town_file
    before = path.read_text("utf-8")
    assert "Service Enseignement" in before
    path.write_text(before.replace("Service Enseignement", "Service des écoles"), "utf-8")

    patient.mends(patient.says("town file says", "not in force"))
    patient.is_well()

    path.write_text(before, "utf-8")
    patient.mends(patient.says("town file says", "not in force"))


def test_families_who_are_to_ask_for_their_quotient_without_a_token_to_ask_with(
    patient: Patient,
) -> None:
    town, path = patient.town, patient.town.applied.town_file
    before = path.read_text("utf-8")
    path.write_text(f'{before}\napi_particulier: {{siret: "21280085200017"}}\n', "utf-8")

    assert "no line API_PARTICULIER_TOKEN" in town.preau("plan").stderr
    assert "no line API_PARTICULIER_TOKEN" in " ".join(town.preau("apply").stdout.split())
    assert patient.says("no line API_PARTICULIER_TOKEN") == "preau restart billing"

    town.applied.secrets.update_values("billing", API_PARTICULIER_TOKEN="of.the.town")
    patient.is_well()

    town.applied.secrets.drop_value("billing", "API_PARTICULIER_TOKEN")
    path.write_text(before, "utf-8")
    town.preau("apply")


def test_secrets_that_others_may_read(patient: Patient) -> None:
    path = patient.town.instance.secrets_path("billing")
    path.chmod(0o644)

    patient.mends(patient.says("secrets of billing can be read"))

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_database_that_is_behind_the_code(patient: Patient) -> None:
    engine = open_engine(patient.town.instance.sqlite_url("front_desk"))
    with engine_for_writing(engine).begin() as connection:
        Base.metadata.drop_all(connection)
        connection.execute(text("DELETE FROM alembic_version"))
    engine.dispose()

    patient.mends(patient.says("database of front_desk has an older form"))


def test_a_database_of_before_the_first_form(patient: Patient) -> None:
    engine = open_engine(patient.town.instance.sqlite_url("front_desk"))
    at = text("UPDATE alembic_version SET version_num = :revision")
    with engine_for_writing(engine).begin() as connection:
        connection.execute(at, {"revision": "0030"})

    try:
        mend = patient.says("database of front_desk has a form of before 0.2.0")
    finally:
        with engine_for_writing(engine).begin() as connection:
            connection.execute(at, {"revision": newest_revision("portal_gateway/front_desk")})
        engine.dispose()

    assert mend.startswith("preau down  # then start the version that made it")


def test_a_program_that_keeps_everybody_from_writing(patient: Patient) -> None:
    path = patient.town.instance.database_path("billing")
    held = subprocess.Popen([sys.executable, "-c", HELD, str(path)], stdout=subprocess.PIPE)
    assert held.stdout is not None and held.stdout.readline() == b"held\n"

    mend = patient.says("from writing to the database of billing", str(held.pid))
    patient.mends(mend)

    assert held.wait(10) == -signal.SIGKILL


def test_a_message_that_could_not_be_handled(patient: Patient) -> None:
    os.kill(patient.town.pid("enrolment_ens"), signal.SIGKILL)
    with ops_client(patient.town.applied) as client:
        claire = guardian()
        family = household(child([claire]), guardians=[claire])
        request = imported_households.ImportHouseholdRequest(**family)
        client.ask(imported_households.import_household, request, deadline=20.0)
    refused_one(patient.town, "in.enrolment_ens.events")

    patient.mends(patient.says("enrolment_ens could not handle a message"))


def wants_free_disk(town: DemoTown, limit: int) -> None:
    """Have the broker take no message unless so many bytes are free."""
    BrokerNode(town.instance).evaluate_erlang(f"rabbit_disk_monitor:set_disk_free_limit({limit})")


def test_a_disk_that_the_broker_finds_too_full(patient: Patient) -> None:
    wants_free_disk(patient.town, 10**14)

    mend = patient.says("takes no message, for want of disk space")
    found = patient.findings()

    wants_free_disk(patient.town, FREE_DISK_LIMIT)
    assert mend == "preau down && preau up --detach"
    assert len(found) == 1  # of services that are silent for it nothing is said


QUORUM_QUEUES = "[Q || Q <- rabbit_amqqueue:list(), amqqueue:get_type(Q) =:= rabbit_quorum_queue]"


def test_queues_that_ended_on_a_full_disk_are_the_broker_s(patient: Patient) -> None:
    """As seen: the disk has room again, pages answer, and no service hears any event."""
    node = BrokerNode(patient.town.instance)
    each = f"[ra:~s(quorum_queues, amqqueue:get_pid(Q)) || Q <- {QUORUM_QUEUES}]"
    node.evaluate_erlang(each.replace("~s", "stop_server"))

    try:
        [(what, mend)] = patient.findings().items()
    finally:
        node.evaluate_erlang(each.replace("~s", "restart_server"))

    assert "Queues of the broker have ended" in what
    assert mend == "preau down && preau up --detach"


@pytest.mark.nightly
def test_a_broker_that_takes_no_message_is_started_again_with_its_town(patient: Patient) -> None:
    wants_free_disk(patient.town, 10**14)

    patient.mends(patient.says("takes no message, for want of disk space"))


def test_a_port_that_somebody_else_has_taken(patient: Patient) -> None:
    port = patient.town.instance.pages_port("portal")
    os.killpg(patient.town.pid("portal_web"), signal.SIGKILL)

    with listening(port):
        shown = patient.mends(patient.says("portal_web cannot start", str(port)))
        assert f"pid={os.getpid()}" in shown


def test_a_clock_that_was_set_back(patient: Patient) -> None:
    log = patient.town.instance.log_path("metrics")
    os.utime(log, (time.time() + 7200,) * 2)

    assert patient.says("clock", "hour") == "timedatectl set-ntp true"
    os.utime(log)


@pytest.mark.parametrize(
    ("offset", "said"),
    [("+2h", "2 hours ahead of that of the broker"), ("-2h", "behind that of the broker")],
    ids=["ahead", "behind"],
)
def test_a_clock_that_is_wrong_now(offset: str, said: str, patient: Patient) -> None:
    """Files tell of a clock that was set back alone; the broker has a clock of its own."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    wrong = {"LD_PRELOAD": str(library), "FAKETIME": offset}
    done = subprocess.run(
        [sys.executable, "-m", "deploy", "doctor"],
        cwd=PROJECT,
        env={**os.environ, **patient.town.instance.environment, **wrong},
        capture_output=True,
        text=True,
        timeout=170,
    )

    shown = " ".join(done.stdout.split())
    assert "The clock of this machine is" in shown and said in shown, done.stdout
    assert "timedatectl set-ntp true # here, and on the machine of the broker" in shown


def test_a_backup_that_is_old(patient: Patient) -> None:
    note = patient.town.instance.home / BACKED_UP
    note.touch()
    os.utime(note, (time.time() - 5 * 86400,) * 2)

    patient.mends(patient.says("last backup is 5 days old"))

    assert "last backup" not in " ".join(patient.findings())
    [copy] = (patient.town.instance.home.parent / "copies").iterdir()
    shutil.rmtree(copy.parent)
    note.unlink()


@contextmanager
def disk_of(size: str, at: Path, *, files: int = 100_000) -> Iterator[None]:
    """Mount a disk of this size, in memory, which nobody fills."""
    at.mkdir()
    sizes = f"size={size},nr_inodes={files}"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", sizes, "tmpfs", str(at)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("nobody may mount a disk here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(at)], check=True)


@pytest.mark.parametrize(("size", "number"), [("2g", 1), ("8g", 0)])
def test_a_disk_that_is_nearly_full_is_said_before_the_broker_stops(
    tmp_path: Path, size: str, number: int
) -> None:
    with disk_of(size, tmp_path / "disk"):
        applied = Applied(Instance(tmp_path / "disk" / "var"))
        applied.instance.prepare_folders()

        found = list(check_disk(applied))

    assert [finding.mend for finding in found] == [
        f"du -xh --max-depth=2 {applied.instance.home} | sort -h | tail"
    ] * number


def test_a_disk_that_takes_no_more_files_is_said_though_it_has_room(tmp_path: Path) -> None:
    with disk_of("8g", tmp_path / "disk", files=100):
        applied = Applied(Instance(tmp_path / "disk" / "var"))
        applied.instance.prepare_folders()
        for number in range(85):
            (applied.instance.mail_dir / f"{number}.eml").touch()

        [finding] = check_disk(applied)

    assert "has room" in finding.what
    assert finding.mend.startswith("du -x --inodes")


def test_where_copies_go_is_looked_at_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They lie on a disk of their own, which fills, and which a restart may not have mounted."""
    applied, copies = Applied(Instance(tmp_path / "var")), tmp_path / "copies"
    applied.instance.prepare_folders()
    (applied.instance.home / BACKED_UP).touch()
    assert list(check_disk_of_copies(applied)) == [], "a town copied by other means"

    with disk_of("1g", copies):
        note_nightly_copy(applied.instance, copies, 400 * 10**6)
        assert list(check_disk_of_copies(applied)) == []
        note_nightly_copy(applied.instance, copies, 900 * 10**6)
        [tight] = check_disk_of_copies(applied)
    [unmounted] = check_disk_of_copies(applied)
    refused = DemoTown(tmp_path / "var", PORT_BASE + 350).preau(
        "backup", "--into", str(copies), ok=False
    )
    copies.rmdir()
    [gone] = check_disk_of_copies(applied)
    monkeypatch.setenv(IN_IMAGE, "yes")
    assert list(check_disk_of_copies(applied)) == [], "a container that is not shown it"

    assert f"free at {copies}, and the last copy of the town took 0.9 GB" in tight.what
    assert f"{copies}, into which the town is copied at night, is not there" in gone.what
    assert unmounted == gone
    assert "lay on a disk of its own, and does no more: is that mounted?" in refused.stderr


def test_a_certificate_about_to_end_is_one_finding(tmp_path: Path) -> None:
    applied = Applied(Instance(tmp_path / "var", PORT_BASE + 350))
    applied.instance.prepare_folders()
    applied.instance.register_path.write_text(json.dumps(demo_rows()), "utf-8")
    before = examine_town(applied)
    own = make_certificate(tmp_path)  # of a day
    front = {
        "portal": "https://familles.ville.example",
        "front_desk": "https://accueil.ville.example",
        "desks": "https://{code}.ville.example",
        "certificate": str(own.certificate),
        "key": str(own.key),
    }
    file = applied.instance.home / ENGINES_FILE
    file.write_text(yaml.safe_dump({"own": "files", "front": front}), "utf-8")

    [finding] = set(examine_town(Applied(applied.instance))) - set(before)

    assert str(own.certificate) in finding.what and "is over in" in finding.what


def refused_one(town: DemoTown, queue: str) -> None:
    """Take one message of a queue before its owner does, and refuse it for good."""
    name, password = BrokerNode(town.instance).admin
    connection = Connection(f"127.0.0.1:{town.instance.amqp_port}", name, password)
    connection.connect()
    channel = tolerant_channel(connection)
    message = until(lambda: channel.basic_get(queue))
    channel.basic_reject(message.delivery_tag, requeue=False)
    connection.close()


@contextmanager
def listening(port: int) -> Iterator[None]:
    """Listen on a port as soon as whoever had it is gone."""
    with socket.socket() as taker:
        taker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

        def bound() -> bool:
            try:
                taker.bind(("127.0.0.1", port))
            except OSError:
                return False
            return True

        until(bound)
        taker.listen()
        yield
