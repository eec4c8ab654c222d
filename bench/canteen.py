"""The ground of `rollcall`: one provider's desk under gunicorn, its groups, tablets and agents."""

import base64
import json
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import requests

from bench.ground import bench_home, laying, port_base
from deploy.applied_town import DEMO_TOWN
from deploy.instance.instance import LOOPBACK, PROJECT
from deploy.processes.process_plan import THREADS, gunicorn_command
from deploy.register.compiler import compile_register
from deploy.register.town_file.town import read_town
from deploy.services import SPECS
from services.enrolment.attendance.tablets.commands import pins, tablets
from services.enrolment.attendance.tablets.rules.pins import is_pin_guessable
from services.enrolment.children.commands import replica
from services.enrolment.children.rules.replica_row_merge import Item
from services.enrolment.models import (
    Activity,
    Booking,
    ChildGuardian,
    Group,
    Session,
    Subject,
    SubjectRight,
)
from services.enrolment.store import sessions, store, vault
from shared.contracts.identity.sign_ins import OpenedSession
from shared.database import Write
from shared.database.chunks import chunks
from shared.database.migrations.migrate import migrate
from shared.dates.clock import now, today
from shared.person import LIFETIME
from shared.runtime.ids import new_id

PRINCIPAL = "enrolment_ens"
PORT = port_base() + 90
READY_SECONDS = 30.0
AT_ONCE = 100
"""Children told of in one message."""


@dataclass(frozen=True)
class Device:
    """One tablet, with the group that it calls and the agent who opens it."""

    address: str
    secret: str
    subject: str
    pin: str
    session_id: str


@dataclass(frozen=True)
class Canteen:
    """The devices, and which children are booked in which session."""

    devices: list[Device]
    booked: dict[str, list[str]]


@contextmanager
def canteen(groups: int, children: int) -> Iterator[Canteen]:
    """Give a running desk with so many groups of so many children each; all is gone afterwards."""
    with bench_home() as (home, ends):
        with laying:
            environment = _environment(home)
            ends.callback(store.close)
            made = _fill(groups, children)
            _start_desk(home, environment, ends)
        yield made


def signs_in_as_lead() -> requests.Session:
    """Return the browser of an agent who leads at this desk, signed in."""
    browser = requests.Session()
    browser.cookies.set(f"{PRINCIPAL}_session", session_of_lead())
    return browser


def session_of_lead() -> str:
    """Return the secret of a session at this desk, of an agent who leads there."""
    subject, moment = new_id(), now()
    with store.write() as write:
        person = {"subject": subject, "kind": "agent", "name": "Karim Haddad", "version": 1}
        write.add(Subject(**person, not_before=moment - timedelta(hours=1), active=True))
        write.flush()
        write.add(SubjectRight(subject=subject, role="lead", valid_from=today()))
    opened = OpenedSession(
        kind="agent",
        subject=subject,
        name="Karim Haddad",
        session="s",
        token="t",
        expires_at=moment + LIFETIME,
    )
    return sessions.start(opened, moment)


def _environment(home: Path) -> dict[str, str]:
    """Make the provider's databases and register; nobody listens where its broker should be."""
    (home / "register.json").write_text(
        json.dumps(compile_register(read_town(DEMO_TOWN), [], {})), "utf-8"
    )
    url, keys_url = f"sqlite:///{home}/data.sqlite", f"sqlite:///{home}/keys.sqlite"
    key = os.urandom(32)
    migrate("enrolment", url)
    store.connect(url, key=key)
    vault.connect(keys_url, key)
    return {
        "PREAU_HOME": str(home),
        "PREAU_PRINCIPAL": PRINCIPAL,
        "AMQP_URI": f"amqp://nobody:nothing@{LOOPBACK}:9/nowhere",
        "DATABASE_URL": url,
        "KEYS_URL": keys_url,
        "KEY_ENCRYPTION_KEY": base64.b64encode(key).decode(),
        "SECRET_KEY": secrets.token_hex(),
    }


def _fill(groups: int, children: int) -> Canteen:
    devices, booked = [], {}
    with store.write() as write:
        activity = open_canteen(write)
    for number in range(groups):
        child_ids = [new_id() for _ in range(children)]
        cores = [Item(child, 1, _core(number, at), None) for at, child in enumerate(child_ids)]
        vault.prepare_keys(child_ids)
        with store.write() as write:
            for some in chunks(cores, AT_ONCE):
                replica.store_items(write, vault, {"care_core": some}, now())
            session = _session(write, activity, number)
            _book(write, session, child_ids)
        devices.append(_device(number, session))
        booked[session] = child_ids
    return Canteen(devices, booked)


def open_canteen(write: Write) -> str:
    """Add the activity of the canteen; return its id."""
    activity = Activity(
        id=new_id(),
        code="canteen",
        label="Restauration scolaire",
        site="Jules-Ferry",
        school_year="2026-2027",
        booking="by_day",
        allocation="order",
        opens_at=now(),
        book_before="1@18:00",
        cancel_before="1@18:00",
        state="open",
    )
    write.add(activity)
    write.flush()
    return activity.id


def _session(write: Write, activity_id: str, number: int) -> str:
    group = Group(
        id=new_id(),
        activity_id=activity_id,
        label=f"Groupe {number}",
        weekdays="1234567",
        starts="11:45",
        ends="13:30",
        first_day=today(),
        last_day=today(),
        runs_in="always",
    )
    write.add(group)
    write.flush()
    moment = now()
    session = Session(
        id=new_id(),
        group_id=group.id,
        day=today(),
        starts_at=moment,
        ends_at=moment,
        book_until=moment,
        cancel_until=moment,
    )
    write.add(session)
    write.flush()
    return session.id


def _book(write: Write, session_id: str, child_ids: list[str]) -> None:
    for child_id in child_ids:
        household = new_id()
        write.add(ChildGuardian(child_id=child_id, subject=new_id(), household_id=household))
        write.add(
            Booking(
                session_id=session_id,
                child_id=child_id,
                household_id=household,
                state="booked",
                changed_by="family",
                changed_at=now(),
            )
        )
    write.flush()


def _device(number: int, session_id: str) -> Device:
    subject, pin = new_id(), f"{secrets.randbelow(9) + 1}{secrets.randbelow(10)}7390"
    while is_pin_guessable(pin):
        pin = str(secrets.randbelow(900_000) + 100_000)
    with store.write() as write:
        person = {"subject": subject, "kind": "agent", "name": f"Agent {number}", "version": 1}
        write.add(Subject(**person, not_before=now(), active=True))
        write.flush()
        write.add(SubjectRight(subject=subject, role="kitchen", valid_from=today()))
        secret = tablets.enrol_tablet(write, f"Tablette {number}", subject, now())
    pins.set_pin(store, subject, pin)
    return Device(f"http://{LOOPBACK}:{PORT}", secret, subject, pin, session_id)


def _core(group: int, number: int) -> dict:
    return {
        "first_name": f"Enfant {number}",
        "last_name": f"Du Groupe {group}",
        "birth_date": "2018-05-03",
        "numbers": [],
        "not_to_hand_over": [],
        "care_plan": None,
    }


def _start_desk(home: Path, environment: dict[str, str], ends: ExitStack) -> None:
    """Start the desk as a town runs it; it ends with the rest."""
    web = SPECS["enrolment"].web
    argv = gunicorn_command(web.application, PRINCIPAL, PORT, web.workers)
    argv += ["--worker-class", "gthread", "--threads", str(THREADS)]
    env = {**os.environ, **environment, "PYTHONWARNINGS": "ignore"}
    with open(home / "desk.log", "ab") as log:
        process = subprocess.Popen(argv, cwd=PROJECT, env=env, stdout=log, stderr=log)
    ends.enter_context(process)
    ends.callback(process.terminate)
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            requests.get(f"http://{LOOPBACK}:{PORT}/health", timeout=2)
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise RuntimeError("the desk did not start")
