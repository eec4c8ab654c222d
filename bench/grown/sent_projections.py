"""Projections of a grown town's children, as its dossier computes them, and the rows of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bench.grown.people import Home
from services.dossier.digest_and_chain_keys import DIGESTS, ensure_own_key
from services.dossier.sections.rules.projections import Content
from services.dossier.sharing.publishing.queries.contents_and_recipients import (
    prepared_projection_contents,
)
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.sharing.rules.projection_targets import Target
from services.dossier.store import store
from shared.database.chunks import AT_ONCE, chunks
from shared.dates.clock import today

PROVIDERS = ("ens", "agg")
FIRST = {"version": 1, "shown_version": 1, "received_version": 1}


class Sent(NamedTuple):
    """A projection of a child at a provider, at its first version."""

    target: Target
    content: Content
    digest: str

    def row(self, at: datetime) -> dict[str, Any]:
        """
        Return the dossier's row of it, which the provider has said to have.

        With another digest than its content has, a row that is sent again would be a change.
        """
        state = {"digest": self.digest, "sent_at": at, "received_at": at}
        return self.target._asdict() | FIRST | state


def providers_of(home: Home, among: Sequence[str]) -> Sequence[str]:
    """Return the providers to which the children of a home go: in turn to one, and to two."""
    return among[: 1 + home.place % 2]


def sent_of_homes(homes: Sequence[Home], among: Sequence[str]) -> Iterator[list[Sent]]:
    """Give what is sent of the children of some homes after the other, before they are linked."""
    with store.write() as write:
        key = ensure_own_key(write, DIGESTS)
    policy = current_policy()
    granted = {provider: sorted(policy.entitled_projections(provider)) for provider in among}
    for some in chunks(homes, AT_ONCE):
        targets = [
            Target(child.id, provider, projection)
            for home in some
            for child in home.children
            for provider in providers_of(home, among)
            for projection in granted[provider]
        ]
        with store.read() as read:
            prepared = prepared_projection_contents(read, key, targets, today())
        yield [Sent(target, *prepared[target]) for target in targets]
