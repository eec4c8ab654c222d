"""
Publishes projection messages to providers: each is one projection of one child at one version.

Messages of the same provider and projection share an event, at most a hundred children and well
under the bus's largest message.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.rules.projection_messages import ProjectionMessage, batch_messages
from shared.contracts.dossier.sharing import projections as contracts
from shared.database import Write


def send_messages(
    write: Write, policy: AccessPolicy, messages: Iterable[ProjectionMessage]
) -> list[ProjectionMessage]:
    """Put the messages that may leave into the outbox; return them."""
    sent = [
        message
        for message in messages
        if policy.may_send_now(*message.target[1:], ends=message.content is None)
    ]
    by_stream: dict[tuple[str, str], list[ProjectionMessage]] = defaultdict(list)
    for message in sent:
        by_stream[message.target[1:]].append(message)
    for projection, stream, providers in _providers_by_equal_messages(by_stream):
        principals = [policy.principals[provider] for provider in providers]
        for batch in batch_messages(stream):
            items = [message.item() for message in batch]
            write.publish_to_each(
                contracts.projection,
                contracts.ProjectionSent(projection, items),
                principals,
                topic=projection,
            )
    return sent


def _providers_by_equal_messages(
    by_stream: Mapping[tuple[str, str], Sequence[ProjectionMessage]],
) -> Iterator[tuple[str, Sequence[ProjectionMessage], list[str]]]:
    """Yield each projection's messages with the providers that are sent the very same ones."""
    groups: list[tuple[str, Sequence[ProjectionMessage], list[str]]] = []
    for (provider, projection), stream in by_stream.items():
        for known, messages, providers in groups:
            if known == projection and _have_same_items(messages, stream):
                providers.append(provider)
                break
        else:
            groups.append((projection, stream, [provider]))
    yield from groups


def _have_same_items(
    some: Sequence[ProjectionMessage], others: Sequence[ProjectionMessage]
) -> bool:
    return len(some) == len(others) and all(
        one.item() == other.item() for one, other in zip(some, others, strict=True)
    )
