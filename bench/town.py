"""A town for a bench: the demo's with more providers, applied, and its services running."""

import sqlite3
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from string import ascii_uppercase

from bench.ground import Ground, laying, wait_until
from deploy.applied_town import DEMO_TOWN, Applied
from deploy.processes.ops_requests import ops_client
from deploy.provisioning.apply import apply_town_file, databases_of_town
from deploy.register.town_file.town import read_town
from deploy.services import SPECS
from shared.bus.client import Client
from shared.contracts.errors import Refusal
from shared.contracts.every_service import operations
from shared.contracts.message import Empty
from shared.database import Store, Vault
from shared.settings import Settings

READY_SECONDS = 120.0

CLUB = """
  - code: {code}
    label: Club {number}
    short_label: Club {number}
    letter: {letter}
    hue: {hue}
    kind: association
    controller: Club {number}
    dpo: dpo@{code}.example
    phone: "02 00 00 00 00"
    legal_basis: "RGPD art. 6-1-e : mission d’intérêt public"
    article_9_ground: "RGPD art. 9-2-g : intérêt public important"
    activities:
      - {{code: judo, label: Judo, regime: sport}}
    entitlements:
      care_core: S’occuper de l’enfant et savoir quoi faire en cas d’urgence
      family: Savoir qui peut inscrire l’enfant
    roles:
      - {{code: coach, label: Éducateur sportif, projections: [care_core], marks_seen: [care_core]}}
    first_administrator: {{login: lead.{code}, name: Responsable du club {number}}}
"""


def club_codes(count: int) -> list[str]:
    """Return the codes of so many clubs, which come after the demo's own providers."""
    return [f"club{number:02}" for number in range(1, count + 1)]


class Town:
    """The register, secrets, broker and databases of a bench's town."""

    @laying
    def __init__(self, ground: Ground, *, clubs: int = 0) -> None:
        self._ground = ground
        self._applied = Applied(ground.instance)
        ground.instance.prepare_folders()
        (ground.instance.home / "town.yaml").write_text(town_file(clubs), "utf-8")
        apply_town_file(self._applied)
        self.signing_key = self.settings("identity").token_signing_key

    def settings(self, principal: str) -> Settings:
        """Return the settings of a principal, as one of its processes reads them."""
        return Settings.from_env(self._applied.environment_of_principal(principal))

    def keep_secrets(self, principal: str, **values: str) -> None:
        """Write into the secrets of a principal, which its next process reads."""
        self._applied.secrets.update_values(principal, **values)

    def environment(self, principal: str) -> dict[str, str]:
        """Return what a process of a principal's finds in its environment."""
        return self._applied.environment_of_principal(principal)

    def start(self, principal: str, **more: str) -> subprocess.Popen[bytes]:
        """Start the service of a principal, with `more` in its environment."""
        service = self.settings(principal).register.principal(principal).service
        env = {**self._applied.environment_of_principal(principal), **more}
        return self._ground.start(principal, "shared.bus.runner", SPECS[service].service, env=env)

    def connect(self, principal: str, store: Store, vault: Vault | None = None) -> None:
        """Connect a store, and a vault, of this process to a principal's until the ground ends."""
        self._ground.ends.callback(store.close)
        connect(self.settings(principal), store, vault)

    @contextmanager
    def client(self, principal: str) -> Iterator[Client]:
        """Give a client in the name of a principal."""
        client = Client(self.settings(principal))
        try:
            yield client
        finally:
            client.close()

    @laying
    def wait_ready(self, principals: Iterable[str]) -> None:
        """Return once each of these answers; raises the last refusal."""
        end = time.monotonic() + READY_SECONDS
        with ops_client(self._applied) as client:
            for principal in principals:
                _wait_for(client, principal, end)

    def owner_url(self, principal: str) -> str:
        """Return the address at which a principal's tables may be made."""
        return databases_of_town(self._applied).owner_url(principal)

    def readers(self) -> Mapping[str, int]:
        """Return how many processes read from each queue, as the broker knew some seconds ago."""
        return self._applied.broker_as_administrator().count_consumers_by_queue()

    def wait_rows(self, principal: str, table: str, count: int) -> None:
        """Return once a principal has so many rows in a table."""
        counted = f"SELECT count(*) FROM {table}"
        with closing(self.database(principal)) as database:
            wait_until(
                f"{principal} has {count} of {table}",
                lambda: database.execute(counted).fetchone()[0] >= count,
            )

    def empty_queue(self, queue: str) -> None:
        """Lose all that waits in a queue."""
        self._ground.node.rabbitmqctl("purge_queue", queue)

    def broker_returns(self) -> float:
        """Kill the broker and start it again; return when it answered, in epoch seconds."""
        node = self._ground.node
        node.kill()
        node.start()
        node.wait_ready()
        return time.time()

    def database(self, principal: str) -> sqlite3.Connection:
        """Open the database of a principal beside its processes, to look at it."""
        path = self._ground.instance.database_path(principal)
        return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def connect(settings: Settings, store: Store, vault: Vault | None = None) -> None:
    """Connect a store, and a vault, of this process as its principal's processes do."""
    store.connect(settings.database_url, settings.register, key=settings.key_encryption_key)
    if vault is not None:
        vault.connect(settings.keys_url, settings.key_encryption_key)


def _wait_for(client: Client, principal: str, end: float) -> None:
    while True:
        try:
            client.ask(operations.health, Empty(), to=principal, deadline=5.0)
            return
        except Refusal:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


def town_file(clubs: int) -> str:
    """Return the demo's town file with so many clubs more."""
    town = read_town(DEMO_TOWN)
    offices = [*town.providers, *filter(None, [town.front_desk])]
    taken = {office.letter for office in offices}
    letters = [letter for letter in ascii_uppercase if letter not in taken]
    more = [
        CLUB.format(code=code, number=number, letter=letters[number], hue=number % 4 + 1)
        for number, code in enumerate(club_codes(clubs))
    ]
    return DEMO_TOWN.read_text("utf-8") + "".join(more)
