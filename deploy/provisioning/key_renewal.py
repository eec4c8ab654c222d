"""
Other keys for what seals and signs: `preau renew --keys`, while no process of the town runs.

`KEY_ENCRYPTION_KEY_NEXT` is in a principal's secrets from before the first value is sealed with
it until after the last one. Killed anywhere in between, each database is sealed with the one key or
with the other; no process starts before `finish_key_change` has ended it, as `apply` and `up` do.
"""

from base64 import b64decode
from collections.abc import Callable
from datetime import datetime

from deploy.applied_town import Applied
from deploy.instance.instance import InstanceError
from deploy.instance.secrets import (
    ENCRYPTION_KEY,
    FORMER_SECRET_KEYS,
    FORMER_VERIFY_KEYS,
    NEXT_ENCRYPTION_KEY,
    SECRET_KEY,
    SIGNER,
    SIGNING_FILE,
    SIGNING_KEY,
    new_encryption_key,
    new_token_signing_key,
    random_secret,
    token_verify_key,
)
from deploy.processes import supervisor
from deploy.provisioning.databases import DATA, KEYS
from deploy.services import SPECS, store_of_service
from shared.database.keys.resealing import reseal_columns
from shared.database.keys.vault import WRAPPED
from shared.dates.clock import now
from shared.person import signed_orders
from shared.register.declarations import OPS, PORTAL
from shared.settings import LINKS_FOR, FormerKey, read_former_keys

Say = Callable[[str], None]


class TownRuns(InstanceError):
    """Keys change under nobody's hands; the message says what runs."""


def renew_keys(applied: Applied, say: Say) -> list[str]:
    """
    Give each principal other keys; return what is left to do, in words. Repeatable.

    Raises TownRuns. What waits in queues and outboxes is kept: orders that were signed before are
    good for their week. People stay signed in; a form that is open comes back once.
    """
    storing = _storing_principals(applied)
    if not storing:
        raise InstanceError("there is no town yet: run `preau up`")
    with applied.secrets.hold_keys_unchanged(change=True):
        require_stopped(applied)
        fresh = [each for each in storing if not _is_changing(applied, each)]
        for principal in fresh:
            applied.secrets.ensure_values(principal, **{NEXT_ENCRYPTION_KEY: new_encryption_key})
        _require_still_stopped(applied, fresh)
        at = now()
        for principal in storing:
            _replace_secret_key(applied, principal, at)
        _replace_signing_key(applied, at)
        with applied.engines_of_town.database_running():
            _reseal_with_new_keys(applied, say)
    return _left_to_do_in_words(applied)


def finish_key_change(applied: Applied, say: Say) -> None:
    """End a change of keys that was broken off, where there is one; safe to repeat."""
    if is_key_change_broken_off(applied):
        with applied.secrets.hold_keys_unchanged(change=True):
            _reseal_with_new_keys(applied, say)


def is_key_change_broken_off(applied: Applied) -> bool:
    """Say whether a change of keys waits to be ended."""
    return any(_is_changing(applied, principal) for principal in _storing_principals(applied))


def require_stopped(applied: Applied) -> None:
    """Raise TownRuns where a process of the town runs, here or on another host."""
    if supervisor.running_pid(applied.instance) is not None:
        raise TownRuns("The town runs: `preau down` first, and `preau up` afterwards.")
    if not applied.engines_of_town.is_broker_running():
        if not applied.engines_of_town.supervised:
            raise TownRuns("The broker does not answer: nobody can say whether a process runs.")
        return
    queues = [
        queue
        for queue in applied.broker_as_administrator().count_consumers_by_queue()
        if queue.startswith("in.")
    ]
    reading = {queue.split(".")[1] for queue in queues}
    if running := sorted(reading - {OPS}):
        raise TownRuns(f"Processes run: {', '.join(running)}. Stop their units on every host.")


def _require_still_stopped(applied: Applied, fresh: list[str]) -> None:
    """Look once more: from now on no process starts. Where one has, nothing was changed."""
    try:
        require_stopped(applied)
    except TownRuns:
        for principal in fresh:
            applied.secrets.drop_value(principal, NEXT_ENCRYPTION_KEY)
        raise


def _reseal_with_new_keys(applied: Applied, say: Say) -> None:
    services = {row["name"]: row["service"] for row in applied.principals_in_force()}
    applied.secrets.ensure_token_keys(services)  # before any process may start
    for principal in _storing_principals(applied):
        if not _is_changing(applied, principal):
            continue
        values = applied.secrets.read_values(principal)
        former, new = b64decode(values[ENCRYPTION_KEY]), b64decode(values[NEXT_ENCRYPTION_KEY])
        many = reseal_columns(
            values[DATA], store_of_service(services[principal]).sealed_columns, former, new
        )
        many += reseal_columns(values[KEYS], [WRAPPED], former, new)
        applied.secrets.rename_value(principal, NEXT_ENCRYPTION_KEY, ENCRYPTION_KEY)
        say(f"new keys of {principal}: {many} values sealed anew")


def _replace_secret_key(applied: Applied, principal: str, at: datetime) -> None:
    """Give another SECRET_KEY; the portal reads for a while what is in letters already."""
    former = applied.secrets.read_values(principal)
    wanted = {SECRET_KEY: random_secret()}
    if principal == PORTAL:
        wanted[FORMER_SECRET_KEYS] = _former_keys_with_one_more(
            former, FORMER_SECRET_KEYS, SECRET_KEY, at
        )
    applied.secrets.update_values(principal, **wanted)


def _replace_signing_key(applied: Applied, at: datetime) -> None:
    """Let identity sign with another key, and others know until when the former one was its."""
    held = applied.secrets.read_values(SIGNING_FILE)[SIGNING_KEY]
    verifying = applied.secrets.read_values(SIGNER) | {SIGNING_KEY: token_verify_key(held)}
    former = _former_keys_with_one_more(verifying, FORMER_VERIFY_KEYS, SIGNING_KEY, at)
    applied.secrets.update_values(SIGNER, **{FORMER_VERIFY_KEYS: former})
    applied.secrets.update_values(SIGNING_FILE, **{SIGNING_KEY: new_token_signing_key()})


def _former_keys_with_one_more(values: dict[str, str], among: str, name: str, at: datetime) -> str:
    """Return the former keys with one more; who has outlived its use is left out."""
    kept = {FORMER_VERIFY_KEYS: signed_orders.GOOD_FOR, FORMER_SECRET_KEYS: LINKS_FOR}[among]
    known = [each for each in read_former_keys(values.get(among, "")) if at - each.until <= kept]
    return ",".join(map(str, [*known, FormerKey(at, values[name])]))


def _storing_principals(applied: Applied) -> list[str]:
    return [row["name"] for row in applied.principals_in_force() if row["service"] in SPECS]


def _is_changing(applied: Applied, principal: str) -> bool:
    return NEXT_ENCRYPTION_KEY in applied.secrets.read_values(principal)


def _left_to_do_in_words(applied: Applied) -> list[str]:
    if applied.engines_of_town.supervised:
        return ["start it: `preau up`"]
    if applied.engines_of_town.own:
        return ["start it: `systemctl start preau.target`"]
    return [f"copy {applied.instance.secrets_dir} to the other hosts, then start the units"]
