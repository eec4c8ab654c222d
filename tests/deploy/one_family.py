"""A family in a town that has no other: enough to see what is told, held, copied."""

from typing import Any

from deploy.demo.invented.account_holders import family_account
from deploy.processes import supervisor
from deploy.processes.ops_requests import ops_client
from shared.contracts.dossier import guardians
from shared.contracts.dossier.families import imported_households
from shared.contracts.identity import accounts
from tests.factories.dossier import child, guardian, household
from tests.journeys.bus import guardian as signed_in
from tests.journeys.town import DemoTown

LOGIN = "claire.lefevre@example.org"

COPIED_IN_CLEAR = "backup: {secrets: clear}\n"
"""Lets a test look into a copy; tests/deploy/test_sealed_copies.py has sealed ones."""

SCHOOL = "enrolment_ens"


def settle(town: DemoTown) -> str:
    """Bring a child with one guardian to both providers of a demo town; return the child's id."""
    claire = guardian()
    manon = child([claire])
    with ops_client(town.applied) as client:
        family = household(manon, guardians=[claire])
        request = imported_households.ImportHouseholdRequest(**family)
        known = client.ask(imported_households.import_household, request, deadline=20.0)
        account = family_account(known.guardians[claire["reference"]], LOGIN, claire["name"])
        client.ask(accounts.open_accounts, accounts.OpenAccountsRequest([account]), deadline=20.0)
    return str(known.children[manon["reference"]])


def tells(town: DemoTown, child_id: str, diet: dict[str, Any]) -> None:
    """Let the guardian tell the child's diet."""
    with signed_in(town, LOGIN) as ask:
        base = ask(guardians.read_section, child_id=child_id, section="diet").version
        told = {"child_id": child_id, "section": "diet", "base_version": base, "content": diet}
        ask(guardians.write_section, **told)


def told(town: DemoTown, child_id: str) -> Any:
    """Return the child's diet as the dossier has it."""
    with signed_in(town, LOGIN) as ask:
        return ask(guardians.read_section, child_id=child_id, section="diet").content


def stops(town: DemoTown) -> None:
    """Stop all of a town, and leave nothing outside of its home."""
    supervisor.stop_supervisor(town.instance)
    town.applied.engines_of_town.remove_own_engines()
