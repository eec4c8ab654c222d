"""
Publishes projection messages to providers: each is one projection of one child at one version.

Messages of the same provider and projection share an event, at most a hundred children and well
under the bus's largest message.
"""

from collections import defaultdict
from collections.abc import Iterable

from services.dossier.sharing.rules.policy import AccessPolicy
from services.dossier.sharing.rules.projection_messages import ProjectionMessage, batch_messages
from shared.contracts.dossier import dossier as contracts
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
    for (provider, projection), stream in by_stream.items():
        for items in batch_messages(stream):
            write.publish(
                contracts.projection,
                contracts.ProjectionSent(projection, items),
                to=policy.principals[provider],
                topic=projection,
            )
    return sent
