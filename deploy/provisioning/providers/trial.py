"""
A provider on trial: its real desk, entitlements and grids, on ten invented children.

Going live is one command, and may be taken up again wherever it broke off: the state on the disk
says how far it is.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from deploy.applied_town import Applied
from deploy.instance.user_error import UserError
from deploy.processes import supervisor
from deploy.processes.ops_requests import LONG_SECONDS, ops_client
from deploy.provisioning.apply import Say, apply_town_file, databases_of_town
from deploy.provisioning.providers.adding import add_provider
from deploy.provisioning.providers.trial_children import requests_of_invented_households
from services.enrolment.providers.commands.trial_end import delete_data_of_trial
from shared.contracts.dossier.families import imported_households
from shared.contracts.dossier.sharing import provider_changes
from shared.contracts.enrolment import succession
from shared.contracts.errors import Refusal, Unavailable
from shared.contracts.message import Empty
from shared.contracts.sections.care.town_diets import TownDiets
from shared.database.keys.vault import Vault
from shared.dates.clock import today
from shared.json_values import JsonObject
from shared.register import ENDING_TRIAL, REVOKED, RUNNING, TRIAL
from shared.runtime.ids import new_id
from shared.settings import Settings

T = TypeVar("T")

PATIENCE_SECONDS = 60.0
"""Timeout for a service to start, to end, or to read the register anew."""


class NotOnTrial(UserError):
    """The provider is not on trial; the message says in which state it is."""


def begin_trial(
    applied: Applied, fragment: Path, seed: int, say: Say
) -> tuple[list[str], list[str]]:
    """
    Add the providers of a file on trial, with ten invented children; return codes and changes.

    Raises TownRefused and leaves the town file as it was where it cannot be used. Safe to repeat.
    """
    codes = add_provider(applied, fragment, TRIAL)
    changes = apply_town_file(applied, say)
    for code in codes:
        _import_invented_children(applied, code, seed)
    return codes, changes


def begin_live_operation(applied: Applied, code: str, say: Say) -> JsonObject:
    """
    Delete all of a trial, keep offer and grids, and let families come; return what was done.

    Safe to repeat until it is done. Raises NotOnTrial.
    """
    ended = end_trial(applied, code, say)
    applied.set_provider_state(code, RUNNING)
    apply_town_file(applied, say)
    say("offer and grids")
    to, once = principal_of_provider(code), new_id()
    with ops_client(applied) as client:
        answer = ask_until_answered(
            lambda: client.ask(
                succession.publish_offer, Empty(), to=to, deadline=10.0, request_id=once
            )
        )
    return {**ended, **asdict(answer)}


def end_trial(applied: Applied, code: str, say: Say, then: str = ENDING_TRIAL) -> JsonObject:
    """Take a provider on trial off the broker and delete its trial, everywhere; count it."""
    state = applied.unusual_provider_states().get(code, RUNNING)
    if state not in (TRIAL, ENDING_TRIAL):
        raise NotOnTrial(f"{code} is not on trial: it is {state}")
    applied.set_provider_state(code, ENDING_TRIAL)
    apply_town_file(applied, say)
    _wait_until_stopped(applied, code)
    say("invented children")
    request = provider_changes.OfProvider(code)
    with ops_client(applied) as client:
        ended = ask_until_answered(
            lambda: client.ask(provider_changes.end_trial, request, deadline=LONG_SECONDS)
        )
    settings = Settings.from_env(applied.environment_of_principal(principal_of_provider(code)))
    vault = Vault(settings.keys_url, settings.key_encryption_key)
    rows = delete_data_of_trial(
        databases_of_town(applied).owner_url(principal_of_provider(code)), vault
    )
    if then == REVOKED:
        applied.set_provider_state(code, REVOKED)
        apply_town_file(applied, say)
    return {"children": ended.children, "rows": rows}


def principal_of_provider(code: str) -> str:
    """Return a provider's name on the broker."""
    return f"enrolment_{code}"


def _import_invented_children(applied: Applied, code: str, seed: int) -> None:
    register = applied.register_in_force() or {"town": {"school_year": ""}}
    year_end = date(int(register["town"]["school_year"][5:]), 7, 5)
    diets = TownDiets(applied.read_town_file().diets)
    with ops_client(applied) as client:
        for household in requests_of_invented_households(code, seed, today(), year_end, diets):
            request = imported_households.ImportHouseholdRequest(**household)
            ask = partial(
                client.ask, imported_households.import_household, request, deadline=LONG_SECONDS
            )
            ask_until_answered(ask)


def _wait_until_stopped(applied: Applied, code: str) -> None:
    """Return once no process of the provider runs: nothing writes to its database meanwhile."""
    names = {principal_of_provider(code), f"desk_{code}"}

    def require_processes_gone() -> bool:
        state = supervisor.supervisor_state(applied.instance) or {"processes": {}}
        if names & state["processes"].keys():
            raise Unavailable
        return True

    ask_until_answered(require_processes_gone)


def ask_until_answered(ask: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """
    Ask again while a service starts, or has not read the new register; raises the last refusal.
    """
    limit = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except (Refusal, OSError):
            if time.monotonic() > limit:
                raise
            time.sleep(0.3)
