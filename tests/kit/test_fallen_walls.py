"""Each wall taken away, one at a time: the attack then succeeds, so its test is able to fail."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import true

from deploy.engines.broker_topology import Binding
from deploy.instance.instance import PROJECT
from services.enrolment.children.commands import replica
from services.enrolment.children.rules import replica_row_merge as arrival
from services.enrolment.models import Base as EnrolmentBase
from services.enrolment.models import StoredProjection
from shared.bus.service_declarations import NoDeclaration, register_rows_of
from shared.contracts.identity.accounts import SubjectChanged
from shared.database import Store, Vault
from shared.database.engines import open_engine
from shared.dates.clock import now
from shared.person import apply_subject_changed
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.kit import models
from tests.kit.attacks import (
    ANSWERED,
    CALLEE,
    DROPPED,
    ECHO,
    ME,
    OTHER,
    SECRET,
    SUBJECT,
    asked,
    asked_with,
    dropped,
    token_of,
)
from tests.kit.running import end, heard, shout, sqlite_at, start_all, start_without, wait_for
from tests.kit.town import KitTown, create_tables, until
from tests.kit.undeclared import Undeclared
from tests.kit.wire import DONE, RETURNED, Hand, admin, request

pytestmark = pytest.mark.both_databases


def shout_as_the_portal(kit: KitTown, exchange: str, **parts: Any) -> str:
    """Have the dossier tell something, which it does for the portal alone; `told` where it did."""
    body = b'{"to": "enrolment_two", "topic": "core", "text": "stolen", "times": 1}'
    stolen = request(ME, "dossier.shout", body, **{"message_id": new_id(), **parts})
    before = dropped(kit)
    outcome = Hand(kit, ME).publish(exchange, "rpc.dossier.shout", stolen)
    if outcome != DONE:
        return outcome
    return until(
        lambda: (
            (dropped(kit) > before and DROPPED)
            or (admin(kit).depth(f"in.{OTHER}.events") and "told")
        ),
        5,
    )


def bind_the_secret(kit: KitTown) -> None:
    kit.broker.bind(Binding(f"out.{ME}", f"in.{CALLEE}.rpc.{ME}", SECRET))


def let_me_write_as_the_portal(kit: KitTown) -> None:
    path = f"permissions/{kit.vhost}/{ME}"
    kit.broker.interface.send_change(
        "PUT", path, {"configure": "^$", "write": r"^out\.portal\z", "read": ".*"}
    )


@dataclass(frozen=True)
class Wall:
    """A check of the callee: what makes it the last one, the attack, and how each ends."""

    name: str
    attack: Callable[[KitTown], str]
    held: str
    fallen: str
    before: Callable[[KitTown], None] = lambda _kit: None


WALLS = [
    Wall(
        "binding",
        lambda kit: asked(Hand(kit, ME), request(ME, "dossier.secret", b"{}"), SECRET),
        "not_allowed",
        ANSWERED,
        bind_the_secret,
    ),
    Wall(
        "user_id",
        lambda kit: shout_as_the_portal(
            kit, f"out.{ME}", user_id=None, app_id="portal", headers={"BCC": [ECHO]}
        ),
        DROPPED,
        "told",
    ),
    Wall(
        "exchange",
        lambda kit: shout_as_the_portal(kit, "out.portal"),
        DROPPED,
        "told",
        let_me_write_as_the_portal,
    ),
    Wall(
        "azp",
        lambda kit: asked_with(Hand(kit, ME), token_of(Hand(kit, ME), "portal")),
        "not_signed_in",
        ANSWERED,
    ),
]


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall.name)
def test_this_wall_holds_alone_and_the_attack_succeeds_without_it(kit: KitTown, wall: Wall) -> None:
    service = start_all(kit, CALLEE)[CALLEE]
    wall.before(kit)

    assert wall.attack(kit) == wall.held

    end(service)
    start_without(kit, wall.name, CALLEE)
    wait_for(kit, CALLEE)
    assert wall.attack(kit) == wall.fallen


def test_without_a_binding_nothing_reaches_the_callees_own_wall(kit: KitTown) -> None:
    secret = request(ME, "dossier.secret", b"{}")

    assert asked(Hand(kit, ME), secret, SECRET) == RETURNED
    bind_the_secret(kit)
    assert Hand(kit, ME).publish(f"out.{ME}", SECRET, secret) == DONE
    assert admin(kit).depth(f"in.{CALLEE}.rpc.{ME}") == 1
    kit.apply()
    assert asked(Hand(kit, ME), secret, SECRET) == RETURNED


def test_an_event_that_a_hand_made_binding_lets_through_is_refused_by_its_consumer(
    kit: KitTown,
) -> None:
    processes = start_all(kit, CALLEE, OTHER)
    portal = kit.client("portal")
    diet = f"event.{OTHER}.diet"
    kit.broker.bind(Binding(f"out.{CALLEE}", f"in.{OTHER}.events", diet))

    shout(portal, OTHER, "diet", "first")
    until(lambda: admin(kit).depth(f"dead.{OTHER}") == 1)
    assert heard(portal, OTHER) == []

    end(processes[OTHER])
    start_without(kit, "entitlement", OTHER)
    wait_for(kit, OTHER)
    shout(portal, OTHER, "diet", "second")
    until(lambda: heard(portal, OTHER) == ["second 0"])
    portal.close()


def test_a_service_with_an_undeclared_method_does_not_start(kit: KitTown) -> None:
    with pytest.raises(NoDeclaration):
        register_rows_of([Undeclared])

    path = "tests.kit.undeclared:Undeclared"
    kit.databases[CALLEE] = sqlite_at(kit.home, CALLEE).url
    walled = subprocess.run(
        [sys.executable, "-m", "shared.bus.runner", path],
        cwd=PROJECT,
        env={**os.environ, **kit.environment(CALLEE, kit.databases[CALLEE])},
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert walled.returncode != 0
    assert b"Undeclared.everything declares nothing" in walled.stderr
    assert b"started" not in walled.stdout

    start_without(kit, "declaration", CALLEE, path)
    wait_for(kit, CALLEE)


def changed(subject: str, version: int) -> SubjectChanged:
    moment = now().replace(year=2020)
    return SubjectChanged(subject, "agent", f"v{version}", version, moment, active=True, rights=[])


def test_an_older_version_never_wins_but_where_the_guard_is_missing(database: Database) -> None:
    create_tables(database)
    store = Store("kit", models.Base.metadata)
    store.connect(database.url)
    table = models.Subject.__table__

    with store.write() as write:
        assert apply_subject_changed(write, changed(SUBJECT, 2))
        assert not apply_subject_changed(write, changed(SUBJECT, 1))
        assert write.query(table.c.name).scalar() == "v2"

    old = dict(vars(changed(SUBJECT, 1)))
    del old["rights"]
    unguarded = {"index_elements": ["subject"], "set_": {"name": "v1", "version": 1}}
    with store.write() as write:
        write.execute(write.upsert_into(table).values(**old).on_conflict_do_update(**unguarded))
        assert write.query(table.c.name).scalar() == "v1"
    store.close()


def test_a_providers_replica_keeps_the_newer_version_by_its_guard_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(database.owner_url)
    EnrolmentBase.metadata.create_all(engine)
    engine.dispose()
    store, vault = Store("enrolment", EnrolmentBase.metadata), Vault()
    store.connect(database.url)
    vault.connect(database.keys_url, os.urandom(32))
    child = new_id()

    def take(version: int) -> int:
        item = arrival.Item(child, version, {"diet": f"v{version}"})
        with store.write() as write:
            replica.store_items(write, vault, {"diet": [item]}, now())
            return write.query(StoredProjection.version).scalar() or 0

    assert (take(2), take(1), take(3), take(2)) == (2, 2, 3, 3)

    always = lambda new, _stored: True if isinstance(new, int) else true()  # noqa: E731
    monkeypatch.setattr(arrival, "supersedes", always)
    assert take(1) == 1
    store.close()
