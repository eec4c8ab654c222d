"""Takes a batch back: places, mandates, bills, past years, then families."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from deploy.importing.requests.progress import Progress
from deploy.processes.ops_requests import LONG_SECONDS
from shared.bus.client import Client
from shared.contracts.billing import debits, past_bills
from shared.contracts.dossier import activity_history_requests
from shared.contracts.dossier.families import imports as family_imports
from shared.contracts.enrolment.places import imports as place_imports


@dataclass
class Undone:
    """
    Counts of what was taken back, and of mandates that stay by their reason.

    `kept` are the families that stay, and why (`IN_USE` of the contract); `kept_places` the places.
    """

    taken: Counter[str] = field(default_factory=Counter)
    stays: Counter[str] = field(default_factory=Counter)
    kept: list[family_imports.KeptFamily] = field(default_factory=list)
    kept_places: list[place_imports.KeptPlace] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        """Say whether nothing of such a batch is here."""
        stays = any(self.stays.values()) or self.kept or self.kept_places
        return not (any(self.taken.values()) or stays)


def undo_batch(client: Client, batch: str, principals: Iterable[str]) -> Undone:
    """Take a batch back; `principals` are those of the providers, which have its places."""
    undone = Undone()
    for principal in principals:
        _undo_places(client, batch, principal, undone)
    order = debits.UndoMandatesRequest(batch)
    mandates = client.ask(debits.undo_mandates, order, deadline=LONG_SECONDS)
    undone.taken["mandates"] += mandates.removed
    undone.stays["mandates that were used or ended here"] += mandates.kept
    _undo_bills(client, batch, undone)
    request = activity_history_requests.UndoHistoryRequest(batch)
    months = client.ask(activity_history_requests.undo_history, request, deadline=LONG_SECONDS)
    undone.taken["months of past years"] += months.removed
    _undo_families(client, batch, undone)
    return undone


def _undo_places(client: Client, batch: str, principal: str, undone: Undone) -> None:
    after = ""
    while True:
        request = place_imports.UndoPlacesRequest(batch, after)
        answer = client.ask(place_imports.undo_places, request, to=principal, deadline=LONG_SECONDS)
        undone.taken["places"] += answer.removed
        undone.kept_places += answer.kept
        if not (after := answer.next):
            return


def _undo_bills(client: Client, batch: str, undone: Undone) -> None:
    remaining = 1
    while remaining:
        order = past_bills.UndoPastBillsRequest(batch)
        bills = client.ask(past_bills.undo_past_bills, order, deadline=LONG_SECONDS)
        undone.taken["bills and payments"] += bills.removed
        remaining = bills.remaining


def _undo_families(client: Client, batch: str, undone: Undone) -> None:
    after, progress = "", Progress("families looked at")
    while True:
        families = client.ask(
            family_imports.undo_families,
            family_imports.UndoFamiliesRequest(batch, after),
            deadline=LONG_SECONDS,
        )
        undone.taken["families"] += families.removed
        undone.kept += families.kept
        progress.add(families.removed + len(families.kept))
        if not (after := families.next):
            return
