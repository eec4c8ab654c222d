"""Proof that each provider holds what was sent to it, once, though some were down meanwhile."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from shared.contracts.every_service.bucket_sums import digests_by_bucket, sum_rows
from tests.journeys.bus import held_still, unsent, until, until_whole
from tests.journeys.databases import found
from tests.journeys.town import DemoTown

PROVIDERS = ("ens", "agg")
SENT = "SELECT child_id, projection, version FROM projection WHERE provider = :provider"
HELD = "SELECT child_id, projection, version FROM held_projection"
WAITS_SECONDS = 90.0


@contextmanager
def struck(town: DemoTown) -> Iterator[None]:
    """Stop one provider and kill another one meanwhile; return once both hold what was sent."""
    with held_still(town, "enrolment_agg"):
        os.kill(town.pid("enrolment_ens"), signal.SIGKILL)
        yield
        os.kill(town.pid("dossier"), signal.SIGKILL)  # what waits to be sent has to outlive it
    until_whole(town, WAITS_SECONDS)
    until(lambda: is_even(town), WAITS_SECONDS)


def is_even(town: DemoTown) -> bool:
    """Say whether each provider holds what was sent to it, and nothing waits to be sent."""
    return not unsent(town) and all(sent == held for sent, held in digests(town).values())


def digests(town: DemoTown) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """Return by provider the digests of what was sent to it, and of what it holds."""
    return {
        provider: (
            _digest(town, "dossier", SENT, provider=provider),
            _digest(town, f"enrolment_{provider}", HELD),
        )
        for provider in PROVIDERS
    }


def _digest(town: DemoTown, principal: str, query: str, **values: str) -> dict[str, str]:
    rows = found(town, principal, query, **values)
    return digests_by_bucket(sum_rows((child, name, version) for child, name, version in rows))
