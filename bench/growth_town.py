"""A town of many children for `growth`: a few come by the bus, the others are laid beside them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

from sqlalchemy import func, insert, make_url, select

from bench import families
from bench.families import Child
from bench.ground import Ground, laying, wait_until
from bench.grown import in_dossier, in_enrolment, in_portal, people
from bench.grown.people import Home
from bench.grown.sent_projections import PROVIDERS
from bench.home_families import TEN_YEARS, SignedIn, settle_families
from bench.processor import Processor
from bench.resync import hold_the_timer
from bench.town import Town
from deploy.engines.postgres_admin import MAINTENANCE
from services.dossier import store as dossier
from services.dossier.models import Subject, SubjectRight
from services.enrolment import store as enrolment
from services.enrolment.models import StoredProjection
from services.portal_gateway.store import store as portal
from shared.bus.client import Client
from shared.contracts.every_service import operations
from shared.contracts.message import Empty
from shared.dates.clock import now, today
from shared.person import issue_token
from shared.runtime.ids import new_id

CAME, PROVIDER, PRINCIPAL = 100, "ens", "enrolment_ens"
SERVICES = ("dossier", "identity", PRINCIPAL)
"""Services that run: the provider stores events of the other two, and a comparison asks both."""
FAMILIES = 40
LIFETIME = timedelta(hours=1)


@dataclass(frozen=True)
class GrownTown:
    """A town that runs; `children` came by the bus, `families` are signed in at the portal."""

    ground: Ground
    town: Town
    processes: dict[str, Popen[bytes]]
    children: Sequence[Child]
    families: Sequence[SignedIn]
    homes: Sequence[Home]
    group: str

    def processor(self, *principals: str) -> Processor:
        """Return the processes of these principals, or this one; and the database server's."""
        server = self.ground.server
        pids = [self.processes[each].pid for each in principals] or [os.getpid()]
        return Processor(*pids, server=server.pid() if server else None)

    def token(self, subject: str, principal: str, kind: str) -> str:
        """Return a token with which a person asks through a principal."""
        return issue_token(self.town.signing_key, subject, principal, kind, LIFETIME)

    def bytes_on_disk(self) -> int:
        """Return the bytes of all databases, keys included."""
        server = self.ground.server
        folder = server.data / "base" if server else self.ground.instance.data_dir
        return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


@laying
def settle(ground: Ground, children: int) -> GrownTown:
    """Return a running town of so many children, all of them equal at dossier and provider."""
    town, came, homes = lay(ground, children)
    group = in_enrolment.settle(homes)[0]
    town.connect("portal", portal)
    in_portal.settle(homes)
    _introduce(came)
    signed_in = settle_families(town, FAMILIES, TEN_YEARS)
    _let_server_clean(ground, town)
    processes = {principal: town.start(principal) for principal in SERVICES}
    town.wait_ready(SERVICES)
    return GrownTown(ground, town, processes, came, signed_in, homes, group)


@laying
def lay(
    ground: Ground,
    children: int,
    services: Sequence[str] = SERVICES,
    among: Sequence[str] = PROVIDERS,
) -> tuple[Town, Sequence[Child], Sequence[Home]]:
    """
    Return a town that stands still, of so many children: those who came, and homes of the others.

    Some come by the bus, and the others are laid beside them, with the sections of these in turn.
    All are equal at dossier and provider, to whose databases the stores of this process lead.
    """
    town = Town(ground)
    hold_the_timer(town)
    processes = [town.start(principal) for principal in services]
    town.wait_ready(services)
    came = families.load(town, CAME, "growth", [PROVIDER])
    town.connect("dossier", dossier.store, dossier.vault)
    town.connect(PRINCIPAL, enrolment.store, enrolment.vault)
    with town.client("ops") as client:
        wait_until("the provider has all that was sent", lambda: _is_held(client, services))
    ground.stop(processes)
    homes = people.homes((children - CAME) * 3 // 5)
    in_dossier.settle(homes, new_id(), in_enrolment.arrive, among)
    return town, came, homes


def _let_server_clean(ground: Ground, town: Town) -> None:
    """Let a server do now what it owes to the laying, and would do beside what is measured."""
    if ground.server is None:
        return
    administrator = ground.server.administrator_of_server
    for principal in (*SERVICES, "portal"):
        with administrator.cursor(str(make_url(town.owner_url(principal)).database)) as cursor:
            cursor.execute("VACUUM (ANALYZE)")
    with administrator.cursor(MAINTENANCE) as cursor:
        cursor.execute("CHECKPOINT")
        wait_until("the server cleans no table", lambda: not _cleaners(cursor))


def _cleaners(cursor: Any) -> int:
    """Return how many processes of the server clean tables by themselves."""
    cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'")
    return int(cursor.fetchone()[0])


def _is_held(client: Client, services: Sequence[str]) -> bool:
    """Say whether the provider has all that the dossier sent, and has said so."""
    if any(
        client.ask(operations.health, Empty(), to=each, deadline=10.0).outbox for each in services
    ):
        return False
    with enrolment.store.read() as read:
        children = func.count(StoredProjection.child_id.distinct())
        return read.scalar(select(children)) == CAME


def _introduce(children: Sequence[Child]) -> None:
    """Let the dossier know the guardians of these children, as identity tells it."""
    subjects = sorted({child.guardian for child in children})
    with dossier.store.write() as write:
        write.execute(insert(Subject), [_person(subject, "family") for subject in subjects])


def introduce_agent(role: str) -> str:
    """Let the dossier know an agent of the front desk; return its id."""
    subject = new_id()
    with dossier.store.write() as write:
        write.execute(insert(Subject), [_person(subject, "agent")])
        right = {"subject": subject, "role": role, "valid_from": today()}
        write.execute(insert(SubjectRight), [right])
    return subject


def _person(subject: str, kind: str) -> dict[str, Any]:
    said = {"name": "Claire Lefèvre", "version": 1, "active": True}
    return {"subject": subject, "kind": kind, "not_before": now() - LIFETIME, **said}
