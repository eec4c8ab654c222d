"""Guardians who write to a provider and read what it writes, through both contracts' sides."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.enrolment.conversations.commands import guardian_messages, thread_writing
from services.enrolment.conversations.commands.thread_writing import Written
from services.enrolment.conversations.queries import guardianships
from services.enrolment.conversations.rules import thread_readers
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.service import EnrolmentService
from services.enrolment.store import store, vault
from shared.contracts.enrolment.messages import conversations
from shared.contracts.message import Caller, Method, Person
from shared.contracts.portal_gateway import portal_events
from shared.dates.clock import now
from shared.files.file_parts import split_into_parts
from shared.runtime.ids import new_id
from tests.factories import travelling
from tests.factories.enrolment import Provider

PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00\x01" * 90_000
"""A photograph, as far as its first bytes say so; it travels in two parts."""


def asks(method: Method, subject: str, **payload: Any) -> dict[str, Any]:
    """Ask as the portal does: the right is looked up, then the service answers."""
    asking = Caller("portal", Person(subject, "portal", "family"), new_id())
    return vars(travelling.answered(EnrolmentService(), method, asking, **payload))


def writes(subject: str, *child_ids: str, **more: Any) -> str:
    """Let a guardian write first; return the thread's id."""
    said = {
        "kind": "question",
        "title": "Le pique-nique de jeudi",
        "body": "Que faut-il apporter ?",
        "name": "Claire Lefèvre",
        "child_ids": list(child_ids),
        **more,
    }
    return str(asks(conversations.start_thread, subject, **said)["thread_id"])


@contextmanager
def being_written(subject: str, child_id: str, *files: Any) -> Iterator[str]:
    """Have a guardian's first message in hand, not committed yet; give the thread's id."""
    request = conversations.StartThreadRequest(
        kind="question",
        title="Une photo",
        body="Voici.",
        name="Claire Lefèvre",
        child_ids=[child_id],
        attachments=list(files),
    )
    with store.write() as write:
        yield guardian_messages.start_thread(write, request, subject, OrderTime.at_once()).thread_id


def replies(subject: str, thread_id: str, body: str = "Merci.", **more: Any) -> None:
    said = {"thread_id": thread_id, "body": body, "name": "Claire Lefèvre", **more}
    asks(conversations.reply, subject, **said)


def reads(subject: str, thread_id: str, **more: Any) -> dict[str, Any]:
    return asks(conversations.read_thread, subject, thread_id=thread_id, **more)


def answered(thread_id: str, body: str = "Une gourde suffit.", agent: str = "") -> None:
    """Let an agent answer at the desk."""
    written = Written(
        "provider", agent or new_id(), "Nadia Roux", body, now(), "Secrétariat scolaire"
    )
    with store.write() as write:
        thread_writing.add_message(
            write, vault, thread_writing.lock_thread(write, thread_id), written, now()
        )


def written_to(household_id: str, *child_ids: str) -> str:
    """Let an agent write to a household first; return the thread's id."""
    written = Written("provider", new_id(), "Nadia Roux", "Bonjour.", now(), "Secrétariat scolaire")
    with store.write() as write:
        known = guardianships.guardianships_of_households(write, [household_id])
        opened = thread_readers.audience_opened_by_provider(household_id, child_ids, known)
        assert opened is not None
        thread = thread_writing.start_thread_with_message(
            write, vault, opened, "practical", "Une question", written, now()
        )
        return thread.id


def attached(content: bytes = PHOTO, media_type: str = "image/jpeg", **more: Any) -> dict[str, Any]:
    """Return a file as its message announces it."""
    return {
        "attachment_id": new_id(),
        "name": "photo.jpg",
        "media_type": media_type,
        "size": len(content),
        "digest": hashlib.sha256(content).hexdigest(),
        **more,
    }


def sends_parts(provider: Provider, attachment_id: str, content: bytes = PHOTO) -> None:
    """Let the parts of a file arrive, the last one first."""
    for number, data in reversed(list(split_into_parts(content))):
        provider.receives_event(
            portal_events.attachment_part, attachment_id=attachment_id, number=number, data=data
        )


def cards(provider: Provider) -> dict[str, dict[str, int]]:
    """Return by thread what its last card told: who reads it, with how many unread."""
    last = {card["thread_id"]: card for card in provider.published("thread_card")}
    return {
        thread: {reader["subject"]: reader["unread"] for reader in card["readers"]}
        for thread, card in last.items()
    }
