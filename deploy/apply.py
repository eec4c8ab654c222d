"""
Brings an instance to what its town file and the code say: register, secrets, broker, databases.

A difference with explicit deletions, safe to repeat, while services run. What comes is on the
broker before the register speaks of it, what goes leaves the register first: in between the broker
holds both.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deploy import supervisor
from deploy.addresses import pages_of
from deploy.approvals import Approval, Approvals
from deploy.broker import Broker
from deploy.databases import Databases
from deploy.engines import Engines
from deploy.engines_file import engines_of
from deploy.entitled import Granted, Outcome, asked_for, decide, unapproved
from deploy.instance import PROJECT, TOWN_FILE, Instance, replace_file
from deploy.register import compile_register, diff, write
from deploy.secrets import Secrets, random_secret, token_signing_key
from deploy.service_map import WITH_DATABASE, declarations, folder_of
from deploy.topology import Topology, topology_of
from deploy.town import Town, read_town
from deploy.web_server import write_own
from deploy.widening import Widening, granted, granted_by
from shared.clock import now, today
from shared.database.migrations import migrate
from shared.register import ENDING_TRIAL, TRIAL, parse

DEMO_TOWN = PROJECT / "deploy" / "towns" / "demo.yaml"
APPROVER = "approvals"
"""Whose secrets hold the key that signs what the DPO approved; no principal of the broker."""

Say = Callable[[str], None]


class Applied:
    """What one instance is made of, and how it changes."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.secrets = Secrets(instance)

    @cached_property
    def engines(self) -> Engines:
        """Return what the town runs on; raises EnginesRefused."""
        return engines_of(self.instance)

    @property
    def databases(self) -> Databases:
        """Return where each principal's database lies."""
        return Databases(self.engines, self.secrets)

    @property
    def town_file(self) -> Path:
        """Return the town file: PREAU_TOWN, or the instance's own copy of the demo town."""
        named = os.environ.get("PREAU_TOWN")
        if named:
            return Path(named)
        own = self.instance.home / TOWN_FILE
        if not own.exists():
            self.instance.prepare()
            shutil.copyfile(DEMO_TOWN, own)
        return own

    def states(self) -> dict[str, str]:
        """Return the providers that do not simply run, by code."""
        try:
            return dict(json.loads(self._states_path.read_text("utf-8")))
        except FileNotFoundError:
            return {}

    def set_state(self, provider: str, state: str) -> None:
        """Note that a provider is suspended, revoked or running again; `apply` makes it so."""
        states = {**self.states(), provider: state}
        replace_file(self._states_path, json.dumps(states, indent=1), mode=0o600)

    def town(self) -> Town:
        """Return the town file, read; raises TownRefused."""
        return read_town(self.town_file)

    def compiled(self) -> dict[str, Any]:
        """
        Return the register that town file and code make; raises TownRefused.

        What the file widens is left out until it is approved, announced and due.
        """
        return self._compile(self._decided())

    def to_approve(self) -> list[Widening]:
        """Return what the town file widens and nobody has approved."""
        before = self._granted()
        asked = asked_for(self.town(), before, self.trials())
        return unapproved(asked, before, self.approvals())

    def approve(self, name: str, reason: str, valid_from: date | None = None) -> Approval | None:
        """
        Write down that the DPO approves what the town file widens; None where it widens nothing.

        It takes effect `notice_days` from today at the earliest. Raises ApprovalsBroken.
        """
        asked = self.to_approve()
        if not asked:
            return None
        earliest = today() + timedelta(days=self.town().notice_days)
        return self._approvals.add(
            asked,
            name=name,
            reason=reason,
            valid_from=max(earliest, valid_from or earliest),
            at=now(),
        )

    def approvals(self) -> list[Approval]:
        """Return what was approved, verified; raises ApprovalsBroken."""
        return self._approvals.read(self._granted().approvals)

    def trials(self) -> list[str]:
        """Return the codes of the providers on trial, which no family knows of."""
        return [code for code, state in self.states().items() if state in (TRIAL, ENDING_TRIAL)]

    def current(self) -> dict[str, Any] | None:
        """Return the register in force, None before the first `apply`."""
        try:
            return dict(json.loads(self.instance.register_path.read_text("utf-8")))
        except FileNotFoundError:
            return None

    def plan(self) -> tuple[list[str], list[str]]:
        """Return what `apply` would change: rows of the register, and steps on the broker."""
        register = self.compiled()
        steps = self.broker().plan(self._topology(register), self._known_passwords(register))
        return diff(self.current(), register), [str(step) for step in steps]

    def apply(self, say: Say = lambda _line: None) -> list[str]:
        """Do it, and return what changed in the register, in words."""
        decided = self._decided()
        register, before = self._compile(decided), self.current()
        passwords = self._known_passwords(before or register) | self.prepare_secrets(register)
        wanted, broker = self._topology(register), self.broker()
        say("broker")
        self.engines.require_whole(broker)
        if before is not None:
            broker.apply(_both(self._topology(before), wanted), passwords)
        else:
            broker.apply(wanted, passwords)
        write(register, self.instance.register_path)
        decided.granted.write(self._granted_path)
        broker.apply(wanted, passwords)
        self.engines.settle()  # or a power cut brings back what was just withdrawn
        self._migrate(register, say)
        if self.engines.own and self.engines.behind_web_server:
            write_own(self.engines, pages_of(self.engines, register).values())
        if supervisor.running_pid(self.instance) is not None:
            supervisor.reload(self.instance)
        return diff(before, register)

    def broker(self) -> Broker:
        """Return the broker as its administrator sees it."""
        return self.engines.broker()

    def broker_differences(self) -> list[str]:
        """Return each row in which the broker differs from the register in force."""
        register = self.current()
        if register is None:
            return ["there is no register yet: run `preau apply`"]
        steps = self.broker().plan(self._topology(register), self._known_passwords(register))
        return [str(step) for step in steps]

    def prepare_secrets(self, register: Mapping[str, Any]) -> dict[str, str]:
        """Make what is missing of each principal's secrets; return the broker passwords by user."""
        names = [row["name"] for row in register["principals"]]
        storing = [row["name"] for row in register["principals"] if row["service"] in WITH_DATABASE]
        for name in names:
            self._prepare_principal(name, with_database=name in storing)
        self.secrets.ensure_token_keys(names)
        self.secrets.ensure_encryption_keys(storing)
        return self._known_passwords(register)

    def renew_passwords(self, principal: str) -> None:
        """Write new passwords of a principal; `apply` tells broker and databases of them."""
        uris = self.engines.broker_engine.uris(principal, random_secret())
        self.secrets.update(principal, AMQP_URI=uris)
        self.databases.renew(principal)

    def environment(self, principal: str) -> dict[str, str]:
        """Return the environment of a principal's processes."""
        return {
            **self.instance.environment,
            **self.secrets.read(principal),
            "PREAU_PRINCIPAL": principal,
        }

    def _compile(self, decided: Outcome) -> dict[str, Any]:
        return compile_register(
            decided.town,
            declarations(),
            self.states(),
            decided.announced,
            copies=self.engines.copies,
        )

    def _topology(self, register: Mapping[str, Any]) -> Topology:
        return topology_of(parse(register), clustered=self.engines.broker_engine.is_cluster)

    def _decided(self) -> Outcome:
        return decide(self.town(), self._granted(), self.approvals(), self.trials(), today())

    def _granted(self) -> Granted:
        """Return what is in force; before the first `apply` all that the town file says is."""
        kept = Granted.read(self._granted_path)
        if kept is not None:
            return kept
        register = self.current()
        return Granted(granted_by(register) if register else granted(self.town(), self.trials()))

    @property
    def _approvals(self) -> Approvals:
        keys = self.secrets.ensure(APPROVER, APPROVAL_SIGNING_KEY=token_signing_key)
        return Approvals(self.instance.home / "approvals.jsonl", keys["APPROVAL_SIGNING_KEY"])

    @property
    def _granted_path(self) -> Path:
        return self.instance.home / "granted.json"

    def _prepare_principal(self, name: str, *, with_database: bool) -> None:
        known = self.secrets.read(name)
        password = _password(known.get("AMQP_URI", "")) or random_secret()
        self.secrets.update(name, AMQP_URI=self.engines.broker_engine.uris(name, password))
        if with_database:
            self.databases.prepare(name)
            self.secrets.ensure(name, SECRET_KEY=random_secret)
        else:
            self.secrets.ensure(name, DATABASE_URL="sqlite://")

    def _known_passwords(self, register: Mapping[str, Any]) -> dict[str, str]:
        names = [row["name"] for row in register["principals"]]
        return {name: _password(self.secrets.read(name).get("AMQP_URI", "")) for name in names}

    def _migrate(self, register: Mapping[str, Any], say: Say) -> None:
        for row in register["principals"]:
            if row["service"] in WITH_DATABASE:
                say(f"database of {row['name']}")
                self.databases.make(row["name"])
                migrate(folder_of(row["service"]), self.databases.owner_url(row["name"]))

    @property
    def _states_path(self) -> Path:
        return self.instance.home / "providers.json"


def add_provider(applied: Applied, fragment: Path) -> list[str]:
    """
    Append a provider, written as the items of `providers:`, to the town file; return its code.

    The file keeps its comments; it is left as it was where the result is refused (TownRefused).
    """
    path = applied.town_file
    before = path.read_text("utf-8")
    candidate = path.with_suffix(".candidate.yaml")
    candidate.write_text(f"{before.rstrip()}\n\n{fragment.read_text('utf-8').rstrip()}\n", "utf-8")
    known = {entry.code for entry in read_town(path).providers}
    try:
        added = [entry.code for entry in read_town(candidate).providers if entry.code not in known]
        replace_file(path, candidate.read_text("utf-8"), mode=0o644)
    finally:
        candidate.unlink(missing_ok=True)
    return added


def _both(before: Topology, after: Topology) -> Topology:
    """What comes beside what goes; where one thing changes its form, the new form."""
    users = {permission.user for permission in after.permissions}
    queues = {queue.name for queue in after.queues}
    return replace(
        after,
        exchanges=after.exchanges | before.exchanges,
        queues=after.queues | {queue for queue in before.queues if queue.name not in queues},
        bindings=after.bindings | before.bindings,
        permissions=after.permissions
        | {permission for permission in before.permissions if permission.user not in users},
    )


def _password(amqp_uri: str) -> str:
    return urlsplit(amqp_uri).password or ""
