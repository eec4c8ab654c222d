"""Rows of what a grown town's dossier sent of each child, with the digests that it computes."""

from collections.abc import Iterator, Sequence
from typing import Any

from bench.grown.people import Home
from services.dossier.digest_and_chain_keys import DIGESTS, ensure_own_key
from services.dossier.households.queries.guardianships import contents_for_projections
from services.dossier.sections.rules.digests import content_digest
from services.dossier.sections.rules.projections import prepare_projection
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.database.chunks import AT_ONCE, chunks
from shared.dates.clock import now, today

PROVIDERS = ("ens", "agg")
FIRST = {"version": 1, "shown_version": 1, "received_version": 1}


def providers_of(home: Home) -> Sequence[str]:
    """Return the providers to which the children of a home go."""
    return PROVIDERS[: 1 + home.place % 2]


def rows_sent(homes: Sequence[Home]) -> Iterator[dict[str, Any]]:
    """
    Give what was sent of each child, at the version that its provider holds.

    With another digest than its content has, a row that is sent again would be a change.
    """
    with store.write() as write:
        key = ensure_own_key(write, DIGESTS)
    at = now()
    for some in chunks(homes, AT_ONCE):
        for provider, projection, child_id, digest in _digests(key, some):
            target = {"child_id": child_id, "provider": provider, "projection": projection}
            yield target | FIRST | {"digest": digest, "sent_at": at, "received_at": at}


def _digests(key: bytes, homes: Sequence[Home]) -> Iterator[tuple[str, str, str, str]]:
    """Give provider, projection, child and digest of each projection of these homes' children."""
    policy, day = current_policy(), today()
    granted = {provider: sorted(policy.entitled_projections(provider)) for provider in PROVIDERS}
    every = {projection for projections in granted.values() for projection in projections}
    children = [child.id for home in homes for child in home.children]
    with store.read() as read:
        contents = contents_for_projections(read, children, every, day)
    for home in homes:
        for child in home.children:
            prepared = ((each, prepare_projection(each, contents[child.id], day)) for each in every)
            digests = {each: content_digest(key, child.id, each, said) for each, said in prepared}
            for provider in providers_of(home):
                for projection in granted[provider]:
                    yield provider, projection, child.id, digests[projection]
