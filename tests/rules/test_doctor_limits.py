"""Limits from which on what waits is a finding, and the words of it."""

import pytest

from deploy.doctor.engines.waiting_queues import LIMITS, check_waiting_measures
from deploy.doctor.finding import Finding, duration_in_words
from deploy.metrics.town_metrics import DESCRIPTIONS


def findings(principal: str, name: str, value: float, label: str = "") -> list[Finding]:
    measured = {principal: [{"name": name, "value": value, "label": label}], "silent": None}
    return list(check_waiting_measures(measured))


@pytest.mark.parametrize(
    ("principal", "name", "most", "label", "words", "mend"),
    [
        ("dossier", "outbox_oldest_seconds", 300, "", "for 6 minutes", "preau restart dossier"),
        ("dossier", "returned_lately", 0, "", "no binding", "preau register"),
        ("dossier", "replica_lag_seconds", 300, "ens", "ens has not", "preau resync ens"),
        ("billing", "payment_oldest_seconds", 172_800, "", "by card", "billing_worker"),
        ("billing", "run_oldest_seconds", 14_400, "issuing", "been issuing", "billing_worker"),
        ("billing", "fund_refused", 0, "00101", "for invalid", "preau restart billing"),
        ("billing", "fund_refused", 0, "00103", "has expired", "preau restart billing"),
        ("billing", "fund_refused", 0, "00105", "is blocked", "preau restart billing"),
        ("billing", "fund_refused", 0, "00100", "no right", "preau restart billing"),
        ("billing", "fund_refused", 0, "00203", "SIRET", "preau restart billing"),
        ("billing", "fund_refused", 0, "403", "address is not allowed", "preau restart billing"),
        ("billing", "fund_refused", 0, "00999", "answered 00999", "preau restart billing"),
        ("billing", "accounts_unreadable", 0, "", "another key", "preau restart billing"),
        (
            "identity",
            "mail_oldest_seconds",
            1800,
            "",
            "secrets/identity.env",
            "preau post  # says what the server answered",
        ),
        ("identity", "mail_refused", 4, "", "more than it took", "preau post"),
        ("identity", "mail_uncertain", 0, "", "Look into its log", "preau post --again"),
        ("dossier", "person_request_overdue", 0, "", "within the month", "preau status"),
    ],
)
def test_what_waits_for_longer_than_usual_is_said_and_no_sooner(
    principal: str, name: str, most: float, label: str, words: str, mend: str
) -> None:
    [finding] = findings(principal, name, most + 60, label)

    assert words in finding.what and mend in finding.mend
    assert findings(principal, name, most, label) == []


def test_a_draft_may_wait_for_its_regisseur_for_days() -> None:
    assert findings("billing", "run_oldest_seconds", 900_000, "drafted") == []


def test_every_limit_is_of_a_measure_that_there_is() -> None:
    assert set(LIMITS) <= set(DESCRIPTIONS)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(59, "59 seconds"), (60, "1 minute"), (7300, "2 hours"), (172_800, "2 days")],
)
def test_a_duration_is_said_in_the_unit_in_which_it_is_soon_told(seconds: int, words: str) -> None:
    assert duration_in_words(seconds) == words
