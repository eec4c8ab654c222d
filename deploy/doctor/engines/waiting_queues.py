"""Checks of queues that wait too long: the services' metrics, the alerts' thresholds."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from deploy.doctor.finding import Finding, duration_in_words, restart_command
from shared.contracts.every_service.operations import Metric

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

Measured = Mapping[str, list[Metric] | None]
Say = Callable[[str, str, float], Finding]


class Limit(NamedTuple):
    """The value from which on a measure is a finding; `say(principal, label, value)` words it."""

    most: float
    say: Say
    labels: frozenset[str] = frozenset()
    """The labels that count; empty: any."""


def _outbox_finding(principal: str, _label: str, value: float) -> Finding:
    return Finding(
        f"Events of {principal} have not left its database for {duration_in_words(value)}.",
        restart_command(principal),
    )


def _returned_events_finding(principal: str, _label: str, value: float) -> Finding:
    return Finding(
        f"{value:.0f} events of {principal} found no binding since yesterday.", "preau register"
    )


def _replica_finding(_principal: str, provider: str, value: float) -> Finding:
    return Finding(
        f"{provider} has not confirmed for {duration_in_words(value)}"
        " what it was sent of its children.",
        f"preau resync {provider}",
    )


def _payment_finding(_principal: str, _label: str, value: float) -> Finding:
    return Finding(
        f"A payment by card has had no result for {duration_in_words(value)}:"
        " the worker asks again.",
        restart_command("billing_worker"),
    )


def _run_finding(_principal: str, state: str, value: float) -> Finding:
    return Finding(
        f"A billing run has been {state} for {duration_in_words(value)}.",
        restart_command("billing_worker"),
    )


def _mail_finding(_principal: str, _label: str, value: float) -> Finding:
    return Finding(
        f"Emails have waited for {duration_in_words(value)}: the mail server takes none. Once it"
        " does, they leave by themselves, those that are still of use; where a line in"
        " secrets/identity.env is wrong, restart identity.",
        "preau post  # says what the server answered",
    )


def _refused_mail_finding(_principal: str, _label: str, value: float) -> Finding:
    return Finding(
        f"The mail server refused {value:.0f} emails for good within a day, more than it took:"
        " families do not have them. Ask who runs it why.",
        "preau post",
    )


def _uncertain_mail_finding(_principal: str, _label: str, value: float) -> Finding:
    return Finding(
        f"Nobody knows whether {value:.0f} email{'s' if value > 1 else ''} left: the mail server"
        " broke off, or said nothing for five minutes, once it had the text. Look into its log:"
        " what it did not take can be sent again; who has one already then has it twice.",
        "preau post --again",
    )


def _person_request_finding(_principal: str, _label: str, value: float) -> Finding:
    number = f"{value:.0f} request{'s' if value > 1 else ''} of persons on their data"
    return Finding(
        f"{number} had no answer within the month of the GDPR (art. 12): the data protection"
        " office finds the late ones first, at the front desk.",
        "preau status",
    )


_REFUSED_BECAUSE: Mapping[str, str] = {
    "00101": "it takes billing's token for invalid",
    "00103": "billing's token has expired",
    "00105": "billing's token was read by others and is blocked",
    "00100": "billing's token has no right to the quotient (cnaf_quotient_familial)",
    "403": "billing's token has no right to the quotient, or this machine's address is not allowed",
    "00203": "it does not take the town's SIRET",
}


def _fund_finding(_principal: str, code: str, _value: float) -> Finding:
    why = _REFUSED_BECAUSE.get(code, f"it answered {code}")
    return Finding(
        f"API Particulier refuses the town: {why}. No family is asked for meanwhile. See"
        " API_PARTICULIER_TOKEN in secrets/billing.env, and the town's page at API Particulier.",
        restart_command("billing"),
    )


def _accounts_finding(_principal: str, _label: str, _value: float) -> Finding:
    return Finding(
        "Billing has another key than that which sealed the families' bank accounts: no family"
        " gives a mandate, and no file of debits is made or handed out. Put KEY_ENCRYPTION_KEY of"
        " a copy from before back into secrets/billing.env.",
        restart_command("billing"),
    )


LIMITS: Mapping[str, Limit] = {
    "outbox_oldest_seconds": Limit(5 * MINUTE, _outbox_finding),
    "returned_lately": Limit(0, _returned_events_finding),
    "replica_lag_seconds": Limit(5 * MINUTE, _replica_finding),
    "payment_oldest_seconds": Limit(2 * DAY, _payment_finding),
    "fund_refused": Limit(0, _fund_finding),
    "accounts_unreadable": Limit(0, _accounts_finding),
    "run_oldest_seconds": Limit(4 * HOUR, _run_finding, frozenset({"drafting", "issuing"})),
    "mail_oldest_seconds": Limit(30 * MINUTE, _mail_finding),
    "mail_refused": Limit(4, _refused_mail_finding),
    "mail_uncertain": Limit(0, _uncertain_mail_finding),
    "person_request_overdue": Limit(0, _person_request_finding),
}


def check_waiting_measures(measured: Measured) -> Iterator[Finding]:
    """Yield a finding for each measure of a service that is above its limit."""
    for principal, metrics in measured.items():
        for metric in metrics or ():
            limit = LIMITS.get(metric["name"])
            if limit is None or metric["value"] <= limit.most:
                continue
            if not limit.labels or metric["label"] in limit.labels:
                yield limit.say(principal, metric["label"], metric["value"])
