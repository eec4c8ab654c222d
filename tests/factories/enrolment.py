"""A provider's replica, agents and desk, and what the dossier sends it: for tests of enrolment."""

import base64
import json
import os
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select, update

from services.enrolment.desk.app import create_app
from services.enrolment.models import StoredProjection, SubjectRight
from services.enrolment.service import EnrolmentService
from services.enrolment.store import sessions, store, vault
from shared.contracts.dossier.sharing import projections as projection_contracts
from shared.contracts.dossier.sharing.inventory_comparison import PAGE, position_of_entry
from shared.contracts.every_service.bucket_sums import (
    bucket_of,
    digests_by_bucket,
    digests_by_bucket_and_kind,
    sum_rows,
)
from shared.contracts.identity import accounts
from shared.contracts.identity.accounts import WHOLE_OFFICE
from shared.contracts.identity.sign_ins import OpenedSession
from shared.contracts.message import Empty, Event, Method
from shared.database.engines import open_engine
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import now, today
from shared.person import LIFETIME
from shared.runtime.ids import new_id
from shared.settings import Settings
from tests.databases import Database
from tests.factories.register import demo_rows
from tests.factories.travelling import handled, requested, travelled

NOBODY_LISTENS = "amqp://nobody:nothing@127.0.0.1:9/nowhere"
"""A broker that is down: the desk must do without."""


def settings_for(
    database: Database,
    home: Path,
    principal: str = "enrolment_ens",
    rows: dict[str, Any] | None = None,
) -> Settings:
    """Return the settings of a provider in the demo town, or of these rows; the broker is down."""
    rows = rows or demo_rows()
    (home / "register.json").write_text(json.dumps(rows))
    env = {
        "PREAU_HOME": str(home),
        "PREAU_PRINCIPAL": principal,
        "AMQP_URI": NOBODY_LISTENS,
        "DATABASE_URL": database.url,
        "KEYS_URL": database.keys_url,
        "KEY_ENCRYPTION_KEY": base64.b64encode(os.urandom(32)).decode(),
        "SECRET_KEY": "for this test alone",
    }
    return Settings.from_env(env)


@dataclass
class Child:
    """A child whom the dossier knows; only the names differ from one test to the next."""

    first_name: str = "Manon"
    last_name: str = "Lefèvre"
    birth_date: str = "2019-03-02"
    id: str = field(default_factory=new_id)

    def care_core(self, **more: Any) -> dict[str, Any]:
        """Return what everybody with the child receives (rule R1)."""
        numbers = [{"name": "Claire Lefèvre", "phone": "0639980001"}]
        names = {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "birth_date": self.birth_date,
        }
        return {**names, "numbers": numbers, "not_to_hand_over": [], "care_plan": None, **more}


def allergies(*substances: str) -> dict[str, Any]:
    return {
        "allergies": [
            {"substance": substance, "severity": "severe", "reaction": "gonflement"}
            for substance in substances
        ]
    }


def diet(menu: str | None = "vegetarian", *without: str) -> dict[str, Any]:
    return {"menu": menu, "without": list(without)}


def care_plan(valid_until: str = "2099-07-05") -> dict[str, Any]:
    return {
        "signs": "gêne pour respirer",
        "conduct": "stylo, puis appeler le 15",
        "kit": "trousse rouge",
        "valid_until": valid_until,
    }


@dataclass
class Dossier:
    """The other side of the stream, as its contracts have it: an inventory, and its rows."""

    present: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)
    asked_for: list[str] = field(default_factory=list)
    wanted: list[tuple[str, str]] = field(default_factory=list)
    acknowledged: set[tuple[str, str]] = field(default_factory=set)

    def ask(self, method: Method, request: Any, *, deadline: float) -> Any:
        self.asked_for.append(method.name)
        answer = getattr(self, f"_{method.name}")(requested(method, **asdict(request)))
        return travelled(method, answer)

    @staticmethod
    def prepare_call(method: Method, request: Any) -> tuple[Method, Any]:
        return method, request

    def ask_with_limit_under_way(
        self, calls: Iterable[tuple[Method, Any]], _ahead: int, deadline: float
    ) -> Iterator[Any]:
        return (self.ask(method, request, deadline=deadline) for method, request in calls)

    @property
    def _entries(self) -> list[tuple[str, str, int]]:
        return [(*key, version) for key, (version, _) in self.present.items()]

    def _inventory_digests(
        self, request: projection_contracts.InventoryDigestsRequest
    ) -> projection_contracts.InventoryDigestsAnswer:
        sums = sum_rows(self._entries)
        if request.within:
            parts = digests_by_bucket_and_kind(
                each for each in sums if each.bucket in request.within
            )
            return projection_contracts.InventoryDigestsAnswer(
                [],
                [
                    {"bucket": bucket, "projection": projection, "digest": digest}
                    for (bucket, projection), digest in parts.items()
                ],
            )
        digests = digests_by_bucket(sums)
        return projection_contracts.InventoryDigestsAnswer(
            [{"bucket": bucket, "digest": digest} for bucket, digest in digests.items()]
        )

    def _inventory(
        self, request: projection_contracts.InventoryRequest
    ) -> projection_contracts.InventoryAnswer:
        rest = sorted(
            (
                entry
                for entry in self._entries
                if bucket_of(entry[0]) in request.buckets
                and (not request.parts or (bucket_of(entry[0]), entry[1]) in request.parts)
                and position_of_entry(entry) > request.after
            ),
            key=position_of_entry,
        )
        shown = rest[:PAGE]
        following = position_of_entry(shown[-1]) if len(rest) > PAGE else ""
        lines = (f"{projection} {child_id} {version}" for child_id, projection, version in shown)
        return projection_contracts.InventoryAnswer("\n".join(lines), next=following)

    def _inventory_rows(
        self, request: projection_contracts.InventoryRowsRequest
    ) -> projection_contracts.InventoryRowsAnswer:
        self.wanted += request.pairs
        sent: dict[tuple[str, bool], projection_contracts.InventoryRows] = {}
        for child_id, projection in request.pairs:
            version, content = self.present[child_id, projection]
            has_receipt = (child_id, projection) in self.acknowledged
            rows = sent.setdefault(
                (projection, has_receipt),
                {"projection": projection, "acknowledged": has_receipt, "items": [], "ended": []},
            )
            if content is None:
                rows["ended"].append((child_id, version, None))
            else:
                rows["items"].append((child_id, version, content))
        return projection_contracts.InventoryRowsAnswer(list(sent.values()), len(request.pairs))

    def _resend(self, request: projection_contracts.ResendRequest) -> Empty:
        return Empty()


@dataclass(frozen=True)
class Provider:
    """One provider's service on a fresh database, spoken to as the kit does."""

    settings: Settings

    @property
    def service(self) -> EnrolmentService:
        return EnrolmentService()

    def receives_event(self, event: Event[Any], source: str = "dossier", **payload: Any) -> None:
        """Let the service handle an event, in one transaction with its inbox row."""
        handled(self.service, event, source, **payload)

    def receives(self, projection: str, *items: dict[str, Any]) -> None:
        """Let a projection event arrive."""
        self.receives_event(
            projection_contracts.projection, projection=projection, items=list(items)
        )

    def receives_child(self, child: Child, version: int = 1, **projections: Any) -> None:
        """Let a child's care core and other projections arrive."""
        contents = {"care_core": child.care_core(), **projections}
        for projection, content in contents.items():
            self.receives(projection, item(child.id, version, content))

    def has_agent(
        self,
        *roles: str,
        name: str = "Sophie Bernard",
        places: Sequence[str] = (WHOLE_OFFICE,),
        **more: Any,
    ) -> str:
        """Let identity tell of an agent with these rights from today on; return the subject."""
        days = {"valid_from": today(), "valid_to": None}
        rights = [{"role": role, "place": place, **days} for role in roles for place in places]
        state = {
            "subject": new_id(),
            "kind": "agent",
            "name": name,
            "version": 1,
            "not_before": now() - timedelta(hours=1),
            "active": True,
            "rights": rights,
        }
        self.receives_event(accounts.subject_changed, **state | more)
        return str((state | more)["subject"])

    def row(self, child_id: str, projection: str) -> StoredProjection | None:
        with store.read() as read:
            return read.get(StoredProjection, (child_id, projection))

    def entries(self) -> list[tuple[str, str, int]]:
        """Return what the replica would digest."""
        held = (StoredProjection.child_id, StoredProjection.projection, StoredProjection.version)
        with store.read() as read:
            return [tuple(row) for row in read.execute(select(*held))]

    def published(self, name: str) -> list[dict[str, Any]]:
        """Return the bodies of what waits to leave under this name, oldest first."""
        outbox = kit_table(store.metadata, "outbox")
        query = select(outbox).where(outbox.c.key == f"event.{name}").order_by(outbox.c.id)
        with store.read() as read:
            return [json.loads(store.unsealed_body(row)) for row in read.execute(query)]

    def clear_outbox(self) -> None:
        """Empty the outbox, as the relay does."""
        with store.write() as write:
            write.execute(kit_table(store.metadata, "outbox").delete())

    def end_right(self, subject: str, last_day: date) -> None:
        """Let a right run out, as if its last day had been that one."""
        with store.write() as write:
            ended = update(SubjectRight).where(SubjectRight.subject == subject)  # type: ignore[attr-defined]
            write.execute(ended.values(valid_from=last_day, valid_to=last_day))

    def keys(self) -> int:
        """Return how many keys there are in the keys' store."""
        engine = open_engine(self.settings.keys_url)
        with engine.connect() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM subject_key").scalar_one()
        engine.dispose()
        return int(count)

    def restarts(self) -> None:
        """Forget what a process keeps in its memory."""
        vault.connect(self.settings.keys_url, self.settings.key_encryption_key)


def item(
    child_id: str, version: int, content: Any, erase_after: datetime | None = None
) -> dict[str, Any]:
    """Return one item of a projection event."""
    return {
        "child_id": child_id,
        "version": version,
        "content": content,
        "erase_after": erase_after,
    }


@contextmanager
def provider_on(
    database: Database,
    home: Path,
    principal: str = "enrolment_ens",
    *,
    fresh: bool = True,
    rows: dict[str, Any] | None = None,
) -> Iterator[Provider]:
    """Give a provider of the demo town on this database, which is not `fresh` the second time."""
    if fresh:
        database.migrated("enrolment")
    settings = settings_for(database, home, principal, rows)
    store.connect(database.url, settings.register)
    vault.connect(database.keys_url, settings.key_encryption_key)
    EnrolmentService.settings = settings
    yield Provider(settings)
    EnrolmentService.settings = None
    store.close()


@dataclass
class Desk:
    """A browser at the desk, with the forms' tokens that a browser would send."""

    client: FlaskClient
    principal: str

    def signs_in(self, subject: str, name: str = "Sophie Bernard") -> None:
        """Open a session as identity's answer would; its token was issued just now."""
        answer = OpenedSession(
            kind="agent",
            subject=subject,
            name=name,
            session="s",
            token="t",
            expires_at=now() + LIFETIME,
        )
        self.client.set_cookie(f"{self.principal}_session", sessions.start(answer, now()))

    def sees(self, path: str, status: int = 200) -> str:
        """Return the words of a page."""
        answer = self.client.get(path)
        assert answer.status_code == status, answer.status_code
        return words(answer.text)

    def sends(self, path: str, at: str = "/connexion", **form: Any) -> Any:
        """Send a form with the token of the page at which it stands."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(at).text)
        assert token is not None
        return self.client.post(path, data={"csrf_token": token[1], **form})


def desk_of(provider: Provider) -> Desk:
    """Open the provider's desk; the broker is down."""
    app = create_app(provider.settings)
    app.config["RATELIMIT_ENABLED"] = False
    return Desk(app.test_client(), provider.settings.principal)


def at_once(acts: Iterable[Any]) -> list[BaseException]:
    """Do several things at the same time; return what failed."""
    failures: list[BaseException] = []

    def do(act: Any) -> None:
        try:
            act()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def words(page: str) -> str:
    """Return a page's text as one reads it: without tags, with plain spaces."""
    text = re.sub(r"<[^>]+>", " ", page)
    return re.sub(r"[\s\u00a0\u202f]+", " ", text)
