"""
One delegated operator follows another on a day: what moves, what stays, in steps that repeat.

Up to that day the former operator has its children; from the next on the successor does. Places,
ranks and bookings are carried over at once, with their dates; links of the former end once the day
is over, and its receipts follow (rule R6). What is owed to it stays owed to it.
"""

from collections.abc import Iterator
from datetime import date
from typing import TypeVar

from deploy.applied_town import Applied
from deploy.instance.user_error import UserError
from deploy.processes.ops_requests import LONG_SECONDS, ops_client
from deploy.provisioning.apply import Say, apply_town_file
from deploy.provisioning.providers.offboarding import receipts_in_words
from deploy.provisioning.providers.trial import ask_until_answered, principal_of_provider
from deploy.register.town_file.providers import ProviderEntry
from shared.bus.client import Client
from shared.contracts.dossier.sharing import provider_changes
from shared.contracts.enrolment import succession
from shared.contracts.enrolment.places import imports
from shared.contracts.enrolment.succession import SuccessionChild
from shared.contracts.errors import Unavailable
from shared.contracts.message import Method
from shared.contracts.values import PageAnswer
from shared.dates.clock import today
from shared.register import ENDED, RUNNING

P = TypeVar("P", bound=PageAnswer)


class CannotFollow(UserError):
    """The successor cannot take over; the message says why."""


def replace_operator(applied: Applied, old: str, new: str, on: date, say: Say) -> list[str]:
    """
    Let `new` take over from `old` after the day `on`; return in words what moved and what is left.

    Repeated, it goes on where it broke off and changes nothing twice. Raises CannotFollow.
    """
    former, _ = _require_both(applied, old, new)
    with ops_client(applied) as client:
        say("links to the successor")
        moved = _move_links(client, old, new, provider_changes.OPEN)
        say("offer")
        activities = _take_offer(client, old, new, on)
        say("places, ranks, bookings")
        taken = sum(_take_places(client, old, new, on, former.label))
        ended = client.ask(
            succession.end_succession,
            succession.EndSuccessionRequest(on),
            to=principal_of_provider(old),
            deadline=LONG_SECONDS,
        )
        lines = [
            f"{moved} children linked to {new}, {activities} activities, {taken} applications",
            f"{ended.places} places of {old} end on {on}; what is owed to it stays owed to it",
        ]
        if today() <= on:
            return [*lines, f"repeat this command after {on}: then {old} erases, with receipts"]
        say("links of the former operator")
        ended_links = _move_links(client, old, new, provider_changes.END)
    applied.set_provider_state(old, ENDED)
    apply_town_file(applied, say)
    return [*lines, f"{ended_links} links of {old} have ended", *receipts_in_words(applied, old)]


def _require_both(applied: Applied, old: str, new: str) -> tuple[ProviderEntry, ProviderEntry]:
    entries = {entry.code: entry for entry in applied.read_town_file().providers}
    states = applied.unusual_provider_states()
    for code, good in ((old, (RUNNING, ENDED)), (new, (RUNNING,))):
        if code not in entries or states.get(code, RUNNING) not in good:
            raise CannotFollow(f"{code} is not a running provider of this town")
    former, successor = entries[old], entries[new]
    offered = {activity.code: activity.regime for activity in successor.activities}
    missing = [a.code for a in former.activities if offered.get(a.code) != a.regime]
    if missing:
        raise CannotFollow(f"{new} does not declare {', '.join(missing)} in the town file")
    return former, successor


def _move_links(client: Client, old: str, new: str, step: str) -> int:
    moved, left = 0, 1
    while left:
        answer = client.ask(
            provider_changes.move_links,
            provider_changes.MoveLinksRequest(old, new, step),
            deadline=LONG_SECONDS,
        )
        moved, left = moved + answer.ended, answer.left if answer.ended else 0
    return moved


def _take_offer(client: Client, old: str, new: str, on: date) -> int:
    count = 0
    for page in _succession_pages(client, succession.succession_offer, old, on):
        if page.activities:
            client.ask(
                imports.import_offer,
                imports.ImportOfferRequest(days_off=page.days_off, activities=page.activities),
                to=principal_of_provider(new),
                deadline=LONG_SECONDS,
            )
            count += len(page.activities)
    return count


def _take_places(client: Client, old: str, new: str, on: date, label: str) -> Iterator[int]:
    for page in _succession_pages(client, succession.succession_places, old, on):
        if page.children:
            yield _take_page_of_places(client, old, new, on, label, page.children)


def _take_page_of_places(
    client: Client, old: str, new: str, on: date, label: str, children: list[SuccessionChild]
) -> int:
    """Ask until the children's files have come to the successor; what has come is taken once."""
    request = succession.TakeOverRequest(old, label, on, children)
    taken = 0

    def ask_to_take_over() -> int:
        nonlocal taken
        answer = client.ask(
            succession.take_over, request, to=principal_of_provider(new), deadline=LONG_SECONDS
        )
        taken += answer.taken
        if answer.waiting:
            raise Unavailable
        return taken

    return ask_until_answered(ask_to_take_over)


def _succession_pages(
    client: Client, method: Method[succession.SuccessionRequest, P], old: str, on: date
) -> Iterator[P]:
    after, going = "", True
    while going:
        request = succession.SuccessionRequest(on=on, after=after)
        page = client.ask(method, request, to=principal_of_provider(old), deadline=LONG_SECONDS)
        yield page
        after, going = page.next, bool(page.next)
