"""
Brings an instance to what its town file and the code say: register, secrets, broker, databases.

A difference with explicit deletions, safe to repeat, while services run. What comes is on the
broker before the register speaks of it, what goes leaves the register first: in between the broker
holds both.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import sleep
from urllib.parse import urlsplit

from sqlalchemy.exc import OperationalError

from deploy.applied_town import Applied
from deploy.engines.broker_reconciliation import Broker
from deploy.engines.broker_topology import Topology, topology_of_register
from deploy.instance.instance import replace_file
from deploy.instance.release import note_release_of_town, require_changeable_home
from deploy.instance.secrets import SECRET_KEY, VAPID_KEY, new_push_key, random_secret
from deploy.instance.user_error import UserError
from deploy.processes import supervisor
from deploy.processes.nginx import write_own_configuration
from deploy.processes.public_addresses import office_addresses, pages_of_services
from deploy.provisioning.api_particulier_token import missing_token_sentence
from deploy.provisioning.approval_requests import ask_and_sign_approved_widenings
from deploy.provisioning.changed_event_queue_count import (
    drain_former_queues,
    require_shareable_queues,
    topology_without_cut_bindings,
)
from deploy.provisioning.codes_kept import given_up_activities, require_codes_kept
from deploy.provisioning.databases import DATA, Databases, require_one_kind
from deploy.provisioning.key_renewal import finish_key_change as finish_new_keys
from deploy.provisioning.pending_widenings import decide_town_in_force, path_of_granted
from deploy.register.cached_declarations import cached_declarations
from deploy.register.compiler import compile_register, write_register
from deploy.register.entitlements_in_force import Outcome
from deploy.register.rights_report import register_changes_in_words
from deploy.services import SPECS, folder_of_service
from shared.database.migrations.migrate import SchemaRefused, migrate, require_known_schema
from shared.json_values import JsonMapping
from shared.register import parse_register
from shared.register.declarations import PORTAL
from shared.runtime.reloading_file import LOOK_EVERY_SECONDS

Say = Callable[[str], None]
WITHOUT_FRONT_DESK = (
    "no front desk: nobody gives families an access (`front_desk` in deploy/towns/demo.yaml)"
)


def compile_register_in_force(applied: Applied) -> dict[str, object]:
    """
    Return the register that town file and code make; raises TownRefused.

    What the file widens is left out until it is approved, announced and due.
    """
    require_codes_kept(applied)
    return _compile_register(applied, decide_town_in_force(applied))


def plan_changes(applied: Applied) -> tuple[list[str], list[str]]:
    """Return what `apply` would change: rows of the register, and steps on the broker."""
    register = compile_register_in_force(applied)
    return register_changes_in_words(applied.register_in_force(), register), _broker_steps(
        applied, register
    )


def apply_town_file(applied: Applied, say: Say = lambda _line: None) -> list[str]:
    """
    Bring register, secrets, broker and databases up to date; return the register's changes.

    What the file widens is handed to the data protection office, and signed where that approved.
    """
    require_known_schemas(applied)
    require_codes_kept(applied)
    if said := ask_and_sign_approved_widenings(applied):
        say(said)
    say_what_the_town_lacks(applied, say)
    outcome = decide_town_in_force(applied)
    register, before = _compile_register(applied, outcome), applied.register_in_force()
    if before is None:  # should this fail half-way, the next one must not apply the demonstration's
        applied.note_town_file()
    known = _known_passwords(applied, before or register)
    passwords = known | prepare_secrets(applied, register)
    wanted, broker = _topology_of_register(applied, register), applied.broker_as_administrator()
    say("broker")
    applied.engines_of_town.require_all_nodes(broker)
    if before is None:
        broker.apply_topology(wanted, passwords)
    else:
        _change_topology(broker, _topology_of_register(applied, before), wanted, passwords)
    write_register(register, applied.instance.register_path)
    applied.note_town_file()
    outcome.granted.write_granted(path_of_granted(applied))
    broker.apply_topology(wanted, passwords)
    # Or a power cut brings back what was just withdrawn.
    applied.engines_of_town.sync_broker_to_disk()
    note_release_of_town(applied.instance)  # before: an older one would not know what these become
    _migrate_databases(applied, register, say)
    finish_new_keys(applied, say)
    pages = pages_of_services(applied.engines_of_town, register)
    replace_file(
        applied.instance.desks_path, json.dumps(office_addresses(pages), indent=1), mode=0o644
    )
    if applied.engines_of_town.has_own_web_server:
        write_own_configuration(applied.engines_of_town, pages.values())
    if supervisor.running_pid(applied.instance) is not None:
        supervisor.reload_wanted_processes(applied.instance)
        sleep(LOOK_EVERY_SECONDS)  # what runs has read the register when the command ends
    return register_changes_in_words(before, register)


def _change_topology(
    broker: Broker, former: Topology, wanted: Topology, passwords: Mapping[str, str]
) -> None:
    """Add what is new beside what is in force, and empty the queues that end."""
    both = topology_of_both(former, wanted)
    broker.apply_topology(topology_without_cut_bindings(broker, both, former, wanted), passwords)
    drain_former_queues(
        broker, former, wanted, undo=lambda: broker.apply_topology(former, passwords)
    )


def say_what_the_town_lacks(applied: Applied, say: Say) -> None:
    """Say what the town file leaves out, gives up, or names and cannot be used as it is."""
    town = applied.read_town_file()
    if town.front_desk is None:
        say(WITHOUT_FRONT_DESK)
    if said := missing_token_sentence(applied, is_named=town.api_particulier is not None):
        say(said)
    for said in given_up_activities(applied):
        say(said)


def require_known_schemas(applied: Applied) -> None:
    """
    Raise UserError where a database of the town has a form from which no migration leads on.

    One that is not there, or cannot be reached, is passed over: `migrate` asks again. Raises it,
    too, where the town lost its register, or a key under which its data lies, is of another
    release, or databases lie elsewhere than the file of engines says.
    """
    require_changeable_home(applied.instance)
    require_one_kind(applied.engines_of_town, applied.secrets)
    principals = applied.principals_in_force()
    applied.secrets.require_kept_keys(row["name"] for row in principals if row["service"] in SPECS)
    for row in principals:
        url = applied.secrets.read_values(row["name"]).get(DATA, "")
        if row["service"] not in SPECS or not _may_database_exist(url):
            continue
        try:
            require_known_schema(folder_of_service(row["service"]), url, row["name"])
        except SchemaRefused as refused:
            raise UserError(str(refused)) from None
        except OperationalError:
            continue


def _may_database_exist(url: str) -> bool:
    """Return whether there is an address, and where it is that of a file, the file."""
    file = url.removeprefix("sqlite:///")
    return bool(url) and (file == url or Path(file).exists())


def broker_differences(applied: Applied) -> list[str]:
    """Return each row in which the broker differs from the register in force."""
    register = applied.register_in_force()
    if register is None:
        return ["there is no register yet: run `preau apply`"]
    return _broker_steps(applied, register)


def prepare_secrets(applied: Applied, register: JsonMapping) -> dict[str, str]:
    """Make what is missing of each principal's secrets; return the broker passwords by user."""
    names = [row["name"] for row in register["principals"]]
    storing = [row["name"] for row in register["principals"] if row["service"] in SPECS]
    for name in names:
        _prepare_principal(applied, name, with_database=name in storing)
    applied.secrets.ensure_token_keys(names)
    applied.secrets.ensure_encryption_keys(storing)
    return _known_passwords(applied, register)


def renew_passwords(applied: Applied, principal: str) -> None:
    """Write new passwords of a principal; `apply` sets them at the broker and the databases."""
    uris = applied.engines_of_town.broker_engine.broker_addresses(principal, random_secret())
    applied.secrets.update_values(principal, AMQP_URI=uris)
    databases_of_town(applied).renew_passwords(principal)


def databases_of_town(applied: Applied) -> Databases:
    """Return where each principal's database lies."""
    return Databases(applied.engines_of_town, applied.secrets)


def _compile_register(applied: Applied, outcome: Outcome) -> dict[str, object]:
    register = compile_register(
        outcome.town,
        cached_declarations(),
        applied.unusual_provider_states(),
        outcome.announced,
        copies=applied.engines_of_town.copies,
        event_queues=applied.engines_of_town.event_queues,
    )
    require_shareable_queues(register, applied.engines_of_town.event_queues)
    return register


def _topology_of_register(applied: Applied, register: Mapping[str, object]) -> Topology:
    return topology_of_register(
        parse_register(register), clustered=applied.engines_of_town.broker_engine.is_cluster
    )


def _broker_steps(applied: Applied, register: Mapping[str, object]) -> list[str]:
    """Return what has to be done on the broker for it to be what a register says."""
    passwords = _known_passwords(applied, register)
    steps = applied.broker_as_administrator().planned_changes(
        _topology_of_register(applied, register), passwords
    )
    return [str(step) for step in steps]


def _prepare_principal(applied: Applied, name: str, *, with_database: bool) -> None:
    known = applied.secrets.read_values(name)
    password = _password_in_address(known.get("AMQP_URI", "")) or random_secret()
    applied.secrets.update_values(
        name, AMQP_URI=applied.engines_of_town.broker_engine.broker_addresses(name, password)
    )
    if with_database:
        databases_of_town(applied).prepare_addresses(name)
        applied.secrets.ensure_values(name, **{SECRET_KEY: random_secret})
        if name == PORTAL:
            applied.secrets.ensure_values(name, **{VAPID_KEY: new_push_key})
    else:
        applied.secrets.ensure_values(name, DATABASE_URL="sqlite://")


def _known_passwords(applied: Applied, register: JsonMapping) -> dict[str, str]:
    names = [row["name"] for row in register["principals"]]
    return {
        name: _password_in_address(applied.secrets.read_values(name).get("AMQP_URI", ""))
        for name in names
    }


def _migrate_databases(applied: Applied, register: JsonMapping, say: Say) -> None:
    made = databases_of_town(applied)
    for row in register["principals"]:
        if row["service"] in SPECS:
            say(f"database of {row['name']}")
            made.make_databases(row["name"])
            try:
                migrate(folder_of_service(row["service"]), made.owner_url(row["name"]))
            except SchemaRefused as refused:
                raise UserError(str(refused)) from None


def topology_of_both(before: Topology, after: Topology) -> Topology:
    """Return a topology of the items of both; of a changed item, the new form."""
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


def _password_in_address(amqp_uri: str) -> str:
    return urlsplit(amqp_uri).password or ""
