"""
Publishes projections to providers: each letter is one projection of one child at one version.

Letters of the same provider and projection travel together, at most a hundred children in one event
and well under the bus's largest message.
"""

from collections import defaultdict
from collections.abc import Iterable

from services.dossier.sharing.rules.messages import Letter, batches
from services.dossier.sharing.rules.policy import Reach
from shared.contracts.dossier import dossier as contracts
from shared.database import Write


def send(write: Write, reach: Reach, letters: Iterable[Letter]) -> list[Letter]:
    """Put the letters that may leave into the outbox; return them."""
    leaving = [
        letter
        for letter in letters
        if reach.leaves(*letter.target[1:], ends=letter.content is None)
    ]
    by_stream: dict[tuple[str, str], list[Letter]] = defaultdict(list)
    for letter in leaving:
        by_stream[letter.target[1:]].append(letter)
    for (provider, projection), stream in by_stream.items():
        for items in batches(stream):
            write.publish(
                contracts.projection,
                contracts.ProjectionSent(projection, items),
                to=reach.principals[provider],
                topic=projection,
            )
    return leaving
