"""Offboarding of a provider: its links end, it erases with receipts, it is off the broker."""

import time
from collections.abc import Iterator
from datetime import datetime

from deploy.applied_town import Applied
from deploy.processes.ops_requests import LONG_SECONDS, ops_client
from deploy.provisioning.apply import Say, apply_town_file
from deploy.provisioning.providers import trial
from shared.contracts.billing import unsettled
from shared.contracts.billing.unsettled import UnsettledAnswer
from shared.contracts.dossier.sharing import provider_changes
from shared.contracts.dossier.sharing.provider_changes import ErasuresAnswer
from shared.dates.clock import PARIS
from shared.register import LEAVING, REVOKED


def revoke_provider(applied: Applied, code: str, say: Say, wait_seconds: float) -> list[str]:
    """
    Revoke a provider; return in words what is proven, and what is still kept until when.

    It calls nobody any more within 5 seconds. What it holds it erases, but for the care core of the
    children, for 24 hours (rule R6): repeated after that, this command takes it off the broker.
    """
    if is_on_trial(applied, code):
        return _revoke_provider_on_trial(applied, code, say)
    if applied.unusual_provider_states().get(code) != REVOKED:
        applied.set_provider_state(code, LEAVING)
        apply_town_file(applied, say)
        say("links")
        _end_links_of_children(applied, code)
        erasures = _wait_for_receipts(applied, code, wait_seconds)
        if erasures.waiting == 0:
            applied.set_provider_state(code, REVOKED)
            apply_town_file(applied, say)
    return [*receipts_in_words(applied, code), _what_remains_in_words(applied, code)]


def unsettled_in_words(applied: Applied, code: str) -> list[str]:
    """
    Return in words what is open at a provider's régies, nothing where it leaves or left before.

    Its desk goes with the first step: nobody bills, takes, books or gives back there afterwards.
    """
    gone = applied.unusual_provider_states().get(code) in (LEAVING, REVOKED)
    register = applied.register_in_force() or {"providers": []}
    with_regies = {each["code"] for each in register["providers"] if each["regies"]}
    if gone or code not in with_regies or is_on_trial(applied, code):
        return []
    request = unsettled.UnsettledRequest(code)
    with ops_client(applied) as client:
        return open_items_in_words(
            client.ask(unsettled.read_unsettled, request, deadline=LONG_SECONDS)
        )


def open_items_in_words(answer: UnsettledAnswer) -> list[str]:
    """Return a line of each thing that is open, nothing of what is not."""
    return [words.format(_amount_in_words(words, each)) for words, each in _open_items(answer)]


def _open_items(answer: UnsettledAnswer) -> Iterator[tuple[str, int]]:
    """Yield what is not nothing, with the words for it."""
    words = {
        "{} months with something to bill": answer.months_to_bill,
        "{} billing runs that were begun and not issued": answer.runs,
        f"{{}} € owed, of {answer.owed_bills} bills": answer.owed_cents,
        "{} payment plans asked for or kept": answer.plans,
        "{} lines reported as wrong, not answered": answer.disputes,
        "{} payments online or by debit without a result": answer.payments,
        "{} € in cash boxes, not brought away": answer.cash_cents,
        "{} € in cheques and titles on paper, on no deposit slip yet": answer.paper_cents,
        "{} € taken that nobody knows for whom": answer.suspense_cents,
        "{} € that families have paid beyond what they owe": answer.advance_cents,
    }
    yield from ((line, count) for line, count in words.items() if count)


def _amount_in_words(line: str, count: int) -> str:
    return f"{count / 100:,.2f}" if line.startswith("{} €") else str(count)


def cut_off_provider(applied: Applied, code: str, say: Say) -> list[str]:
    """
    Take a provider off the broker at once, whatever it holds: it gives no receipt for that.

    On trial it is off with the first step of the trial's end, and holds nobody who exists.
    """
    if is_on_trial(applied, code):
        return _revoke_provider_on_trial(applied, code, say)
    applied.set_provider_state(code, REVOKED)
    apply_town_file(applied, say)
    return [
        *receipts_in_words(applied, code),
        f"{code} was cut off: what has no receipt is not proven",
        _what_remains_in_words(applied, code),
    ]


def is_on_trial(applied: Applied, code: str) -> bool:
    """Return whether a provider has invented children alone."""
    return code in applied.providers_on_trial()


def _revoke_provider_on_trial(applied: Applied, code: str, say: Say) -> list[str]:
    ended = trial.end_trial(applied, code, say, then=REVOKED)
    return [f"{code} was on trial: {ended['children']} invented children are deleted"]


def receipts_in_words(applied: Applied, code: str) -> list[str]:
    """Return in words what a provider has proven to have erased: what, when, of how many."""
    erasures = _read_erasures(applied, code)
    lines = [
        f"{row['projection']}: {row['receipts']} receipts, no. {row['first_number']} to "
        f"{row['last_number']}, {_moment_in_words(row['first_at'])} to "
        f"{_moment_in_words(row['last_at'])}"
        for row in erasures.receipts
    ]
    lines.append(
        f"{code}: {erasures.children} children with receipts, {erasures.links} with a link"
    )
    if erasures.waiting:
        until = (
            f", the care core until {_moment_in_words(erasures.kept_until)}"
            if erasures.kept_until
            else ""
        )
        lines.append(f"{erasures.waiting} sections are not erased yet{until}")
    return lines


def _end_links_of_children(applied: Applied, code: str) -> None:
    request = provider_changes.OfProvider(code)
    with ops_client(applied) as client:
        while trial.ask_until_answered(
            lambda: client.ask(provider_changes.end_links, request, deadline=LONG_SECONDS)
        ).left:
            pass


def _wait_for_receipts(applied: Applied, code: str, seconds: float) -> ErasuresAnswer:
    """Wait until nothing is left, or only what rule R6 keeps; return what there is then."""
    limit = time.monotonic() + seconds
    while True:
        erasures = _read_erasures(applied, code)
        if erasures.waiting == 0 or erasures.kept_only or time.monotonic() > limit:
            return erasures
        time.sleep(0.3)


def _read_erasures(applied: Applied, code: str) -> ErasuresAnswer:
    request = provider_changes.OfProvider(code)
    with ops_client(applied) as client:
        return client.ask(provider_changes.erasures, request, deadline=LONG_SECONDS)


def _what_remains_in_words(applied: Applied, code: str) -> str:
    if applied.unusual_provider_states().get(code) == REVOKED:
        principal = trial.principal_of_provider(code)
        return (
            f"{code} is off the broker; what it billed stays readable and payable. What it wrote of"
            f" its own (places, attendance, messages) stays in the database of {principal}, and is"
            " in no copy made from now on: hand it over as was agreed, then delete it"
        )
    return f"{code} is leaving: it calls nobody. Repeat this command when all is erased"


def _moment_in_words(moment: datetime | None) -> str:
    return f"{moment.astimezone(PARIS):%Y-%m-%d %H:%M}" if moment else ""
