"""An instance as it was applied: its engines, town file, register, and states of its providers."""

import json
import os
from functools import cached_property
from pathlib import Path

from deploy.engines.broker_reconciliation import Broker
from deploy.engines.engines_file import read_engines_file
from deploy.engines.town_engines import Engines
from deploy.instance.instance import (
    NAMED_TOWN_FILE,
    PROJECT,
    TOWN_FILE,
    Instance,
    replace_file,
)
from deploy.instance.kept_json import back_from_copy, read_kept_json
from deploy.instance.secrets import SIGNER, SIGNING_FILE, Secrets
from deploy.register.town_file.town import Town, TownRefused, read_town
from shared.json_values import JsonObject
from shared.register import ENDING_TRIAL, RUNNING, TRIAL

REGISTER_FROM_COPY = (
    f"What runs goes on with what it has read. {back_from_copy('public/register.json')}"
    " Then call `preau apply`."
)
DEMO_TOWN = PROJECT / "deploy" / "towns" / "demo.yaml"


class Applied:
    """
    Parts of one instance; `deploy/provisioning/apply.py` changes it.

    Every command begins by reading this, so it stays quick to import: no database library.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.secrets = Secrets(instance)

    @cached_property
    def engines_of_town(self) -> Engines:
        """Return what the town runs on; raises EnginesRefused."""
        return read_engines_file(self.instance)

    @property
    def town_file(self) -> Path:
        """
        Return the town file: PREAU_TOWN, or the one that was applied last, or the instance's own.

        Its own is a copy of the demo town where nobody wrote another.
        """
        named = os.environ.get("PREAU_TOWN") or self._applied_town_file()
        if named:
            return Path(named)
        own = self.instance.home / TOWN_FILE
        if not own.exists():
            self.instance.prepare_folders()
            replace_file(own, DEMO_TOWN.read_text("utf-8"), mode=0o644)
        return own

    def principals_in_force(self) -> list[JsonObject]:
        """Return the principals of the register in force; none before the first `apply`."""
        return list((self.register_in_force() or {"principals": []})["principals"])

    def unusual_provider_states(self) -> dict[str, str]:
        """Return the providers that do not simply run, by code."""
        return read_kept_json(self._states_path, dict, self._way_back_to_states) or {}

    def set_provider_state(self, provider: str, state: str) -> None:
        """Note that a provider is suspended, revoked or running again; `apply` makes it so."""
        states = {**self.unusual_provider_states(), provider: state}
        if state == RUNNING:
            del states[provider]
        replace_file(self._states_path, json.dumps(states, indent=1), mode=0o600)

    def providers_on_trial(self) -> list[str]:
        """Return the codes of the providers on trial, which no family knows of."""
        return [
            code
            for code, state in self.unusual_provider_states().items()
            if state in (TRIAL, ENDING_TRIAL)
        ]

    def read_town_file(self) -> Town:
        """Return the town file, read; raises TownRefused, also for the file of another town."""
        town, register = read_town(self.town_file), self.register_in_force()
        if register is not None and (code := register["town"]["code"]) != town.code:
            raise TownRefused(
                [
                    f"{self.town_file}: of the town {town.code}, but {self.instance.home} is the"
                    f" home of {code}. Name its own file: export PREAU_TOWN=…"
                ]
            )
        return town

    def note_town_file(self) -> None:
        """Note which file was applied, for commands that do not name it."""
        if named := os.environ.get("PREAU_TOWN"):
            replace_file(self._note_path, f"{Path(named).resolve()}\n", mode=0o600)

    def register_in_force(self) -> JsonObject | None:
        """Return the register in force, None before the first `apply`."""
        return read_kept_json(self.instance.register_path, dict, REGISTER_FROM_COPY)

    def broker_as_administrator(self) -> Broker:
        """Return the broker as its administrator sees it."""
        return self.engines_of_town.broker_of_virtual_host()

    def environment_of_principal(self, principal: str) -> dict[str, str]:
        """Return the environment of a principal's processes where one user runs them all."""
        signing = self.secrets.read_values(SIGNING_FILE) if principal == SIGNER else {}
        return {
            **self.instance.environment_of_principals,
            **self.secrets.read_values(principal),
            **signing,
            "PREAU_PRINCIPAL": principal,
        }

    def _way_back_to_states(self) -> str:
        """
        Say which states the register in force has: without them all would simply run.

        It has none of a trial that is being ended, which families would then see.
        """
        register = self.register_in_force() or {"providers": [], "former": []}
        rows = [*register["providers"], *register["former"]]
        unusual = {row["code"]: row["state"] for row in rows if row["state"] != RUNNING}
        return (
            f"Write into it what was in force, and call this again: {json.dumps(unusual)}."
            f' Add "CODE": "{ENDING_TRIAL}" for {self._providers_in_no_register()}, where its'
            " trial was being ended: without that it would run, and families would see it."
        )

    def _providers_in_no_register(self) -> str:
        """Return in words which providers the town file has and the register in force has not."""
        register = self.register_in_force() or {"providers": [], "former": []}
        known = {row["code"] for row in [*register["providers"], *register["former"]]}
        try:
            codes = [each.code for each in self.read_town_file().providers]
        except TownRefused:
            codes = []
        found = [code for code in codes if code not in known]
        return ", ".join(found) or "each provider of the town file that public/register.json lacks"

    def _applied_town_file(self) -> str:
        try:
            return self._note_path.read_text("utf-8").strip()
        except FileNotFoundError:
            return ""

    @property
    def _note_path(self) -> Path:
        return self.instance.home / NAMED_TOWN_FILE

    @property
    def _states_path(self) -> Path:
        return self.instance.home / "providers.json"
