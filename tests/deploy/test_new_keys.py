"""Keys that seal and sign are changed for others: nothing that lies or waits is lost."""

import json
import os
import shutil
import signal
import sys
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from deploy.applied_town import Applied
from deploy.doctor import host
from deploy.instance.instance import Instance, replace_file
from deploy.instance.secrets import (
    ENCRYPTION_KEY,
    NEXT_ENCRYPTION_KEY,
    KeysBusy,
    new_encryption_key,
)
from deploy.provisioning import key_renewal as new_keys
from deploy.provisioning.databases import DATA, KEYS
from deploy.services import store_of_service
from services.identity.mail import queue_email
from services.identity.mail.texts import DRAFT
from services.identity.models import Email, sealed_place_of_email
from shared.contracts.errors import NotSignedIn
from shared.database import Vault
from shared.dates.clock import now
from shared.person import OrderVerifier, Verifier, digest_of_request, issue_token, sign_order
from shared.runtime.ids import new_id
from shared.settings import Settings, SettingsIncomplete
from tests.databases import sqlite_in
from tests.deploy.one_family import LOGIN, tells, told
from tests.factories.register import demo_rows
from tests.journeys.bus import until
from tests.journeys.people import child_id
from tests.journeys.town import DemoTown
from tests.ports import PORT_BASE

PRINCIPALS = {"identity": "identity", "portal": "portal_gateway"}
ACT = digest_of_request("enrolment_ens", "change_bookings", "act-1", {"book": []})
SUBJECT = new_id()
VEGAN = {"menu": "vegetarian", "without": ["egg"]}

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Stopped:
    """Two principals of a town that does not run, an email that waits, a person's sealed value."""

    applied: Applied
    email: str
    sealed: bytes

    def reads(self) -> tuple[str, str]:
        """Return the address of the email and the value, as identity would once it runs."""
        settings = self.settings("identity")
        store = store_of_service("identity")
        store.connect(settings.database_url, key=settings.key_encryption_key)
        with store.read() as read:
            content = store.unseal(
                sealed_place_of_email(self.email), read.get_one(Email, self.email).content
            )
        store.close()
        token = issue_token(settings.token_signing_key, SUBJECT, "portal", "family")
        assert Verifier(self.settings("portal").token_verify_key).person(token)
        vault = Vault(settings.keys_url, settings.key_encryption_key)
        return content["to"], vault.open(SUBJECT, "kit.value", self.sealed)

    def settings(self, principal: str) -> Settings:
        return Settings.from_env(self.applied.environment_of_principal(principal))

    def keys(self) -> dict[str, str]:
        """Return every secret by principal and name that is not an address."""
        return {
            f"{principal} {name}": value
            for principal in PRINCIPALS
            for name, value in self.applied.secrets.read_values(principal).items()
            if name not in (DATA, KEYS)
        }


READ = ("claire@example.org", "a secret")


@pytest.fixture
def stopped(tmp_path: Path) -> Stopped:
    applied = Applied(Instance(tmp_path / "var", PORT_BASE + 350))
    applied.instance.prepare_folders()
    rows = demo_rows()
    rows["principals"] = [row for row in rows["principals"] if row["name"] in PRINCIPALS]
    replace_file(applied.instance.register_path, json.dumps(rows))
    for name, folder in PRINCIPALS.items():
        at = applied.instance.data_dir / name
        at.mkdir()
        database = sqlite_in(at)
        database.migrated(folder)
        urls = {DATA: database.url, KEYS: database.keys_url}
        applied.secrets.ensure_values(
            name, SECRET_KEY=new_encryption_key, AMQP_URI="amqp://nobody", **urls
        )
    applied.secrets.ensure_encryption_keys(PRINCIPALS)
    applied.secrets.ensure_token_keys(PRINCIPALS)
    return _with_contents(applied)


def _with_contents(applied: Applied) -> Stopped:
    settings, store = (
        Settings.from_env(applied.environment_of_principal("identity")),
        store_of_service("identity"),
    )
    store.connect(settings.database_url, key=settings.key_encryption_key)
    with store.write() as write:
        queue_email(write, READ[0], DRAFT, "draft:1", reference="0a1b2", secret="c3d4e")
    with store.read() as read:
        email = read.query(Email.id).scalar()
    store.close()
    sealed = Vault(settings.keys_url, settings.key_encryption_key).seal(
        SUBJECT, "kit.value", READ[1]
    )
    return Stopped(applied, email, sealed)


def quiet(_line: str) -> None:
    """Say nothing."""


def test_every_key_is_another_one_and_all_that_was_sealed_opens(stopped: Stopped) -> None:
    before = stopped.keys()

    said = new_keys.renew_keys(stopped.applied, quiet)

    after = stopped.keys()
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {name for name in before if "AMQP_URI" not in name}
    assert not any(NEXT_ENCRYPTION_KEY in name for name in after)
    assert stopped.reads() == READ
    assert said == ["start it: `preau up`"]


def test_an_act_that_waits_is_good_for_its_week_and_none_is_signed_with_the_former_key(
    stopped: Stopped,
) -> None:
    former = stopped.settings("identity").token_signing_key
    waits = sign_order(former, SUBJECT, "portal", "family", ACT)

    new_keys.renew_keys(stopped.applied, quiet)
    forged = sign_order(former, SUBJECT, "portal", "family", ACT, now_in(5))
    new_keys.renew_keys(stopped.applied, quiet)

    provider = stopped.settings("portal")
    verifier = OrderVerifier(
        provider.token_verify_key, [(each.key, each.until) for each in provider.former_verify_keys]
    )
    assert verifier.person(waits, ACT)[0].subject == SUBJECT
    with pytest.raises(NotSignedIn):
        verifier.person(forged, ACT, now_in(6))
    with pytest.raises(NotSignedIn):
        verifier.person(waits, ACT, now_in(8 * 24 * 3600))
    with pytest.raises(NotSignedIn):
        OrderVerifier(provider.token_verify_key).person(waits, ACT)


def now_in(seconds: float) -> datetime:
    return now() + timedelta(seconds=seconds)


def test_killed_at_any_step_no_process_starts_before_all_is_ended_and_then_all_opens(
    stopped: Stopped, tmp_path: Path
) -> None:
    home, whole = stopped.applied.instance.home, tmp_path / "whole"
    shutil.copytree(home, whole)
    refused = 0
    for step in count(1):
        ended = _killed_at(step, stopped.applied)
        try:
            assert stopped.reads() == READ, step
        except SettingsIncomplete:
            refused += 1
            new_keys.finish_key_change(stopped.applied, quiet)
            assert stopped.reads() == READ, step
        if ended == 0:
            break
        shutil.rmtree(home)
        shutil.copytree(whole, home)

    assert step > 20 and refused > 10


def test_broken_off_and_begun_again_it_takes_up_the_keys_that_were_made(
    stopped: Stopped,
) -> None:
    stopped.applied.secrets.ensure_values("identity", **{NEXT_ENCRYPTION_KEY: new_encryption_key})
    wanted = stopped.applied.secrets.read_values("identity")[NEXT_ENCRYPTION_KEY]
    assert "preau renew --keys" in {each.mend for each in host.check_secrets(stopped.applied)}

    new_keys.renew_keys(stopped.applied, quiet)

    assert stopped.applied.secrets.read_values("identity")[ENCRYPTION_KEY] == wanted
    assert stopped.reads() == READ


def test_nobody_changes_keys_while_they_are_copied(stopped: Stopped) -> None:
    before = stopped.keys()

    with stopped.applied.secrets.hold_keys_unchanged(), pytest.raises(KeysBusy):
        new_keys.renew_keys(stopped.applied, quiet)

    assert stopped.keys() == before


def _killed_at(step: int, applied: Applied) -> int:
    """Change the keys in a process that dies before its so-manieth file, statement or commit."""
    pid = os.fork()
    if pid == 0:
        try:
            _die_at(step)
            new_keys.renew_keys(applied, quiet)
            os._exit(0)
        finally:
            os._exit(1)
    ended = os.waitpid(pid, 0)[1]
    assert ended in (0, signal.SIGKILL), step
    return ended


def _die_at(step: int) -> None:
    steps = iter(range(step - 1))

    def dies(*_: object) -> None:
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", dies)
    event.listen(Engine, "commit", dies)
    sys.addaudithook(lambda name, _: dies() if name == "os.rename" else None)


# A town that runs


def key_of(town: DemoTown, principal: str) -> bytes:
    return b64decode(town.applied.secrets.read_values(principal)[ENCRYPTION_KEY])


@pytest.fixture
def copied(small_town: DemoTown, tmp_path: Path) -> Iterator[tuple[DemoTown, Path]]:
    """Give a town in which something was told, and a copy of it from before other keys."""
    child = child_id(small_town, LOGIN, "Manon")
    tells(small_town, child, VEGAN)
    copy = tmp_path / "before"
    small_town.preau("backup", str(copy))
    yield small_town, copy


@pytest.mark.nightly
def test_a_town_gets_other_keys_while_it_is_stopped_and_goes_on(
    copied: tuple[DemoTown, Path], tmp_path: Path
) -> None:
    town, before = copied
    child, former = child_id(town, LOGIN, "Manon"), key_of(town, "dossier")

    runs = town.preau("renew", "--keys", ok=False)
    assert runs.returncode == 1 and "preau down" in runs.stderr
    assert key_of(town, "dossier") == former

    town.preau("down")
    assert "new keys of dossier" in town.preau("renew", "--keys").stdout
    town.preau("up", "--detach")

    assert key_of(town, "dossier") != former
    assert told(town, child) == VEGAN
    tells(town, child, {"menu": "standard", "without": []})
    until(lambda: told(town, child) == {"menu": "standard", "without": []})

    after = tmp_path / "after"
    town.preau("backup", str(after))
    elsewhere = DemoTown(tmp_path / "elsewhere" / "var", PORT_BASE + 400)
    try:
        said = elsewhere.preau("restore", str(before), "--keys", str(after), ok=False)
        assert "It was not compared: a change of keys was broken off" in said.stderr
        assert key_of(elsewhere, "dossier") == former
        elsewhere.preau("up", "--detach")
        assert key_of(elsewhere, "dossier") == key_of(town, "dossier")
        assert told(elsewhere, child) == VEGAN
    finally:
        elsewhere.remove()
