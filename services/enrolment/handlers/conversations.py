"""Requests of families about their conversations with the provider."""

from services.enrolment.conversations.commands import guardian_thread_reading, message_files
from services.enrolment.conversations.queries import bulletins
from services.enrolment.conversations.queries import reading_rights as to_family_queries
from services.enrolment.handlers.caller_rights import is_family_person
from services.enrolment.handlers.conversation_rights import is_reader_of_thread
from services.enrolment.handlers.orders.order_entry_points import Orders
from services.enrolment.store import store, vault
from shared.bus import PORTAL, answers, subscribes
from shared.contracts.enrolment.messages import conversations
from shared.contracts.message import Caller, Delivery
from shared.contracts.portal_gateway import portal_events
from shared.database import Write
from shared.dates.clock import now, today


class Conversations(Orders):
    """A thread exists for the guardians of its audience alone."""

    @answers(conversations.start_thread, callers=[PORTAL], right=is_family_person)
    def start_thread(
        self, write: Write, request: conversations.StartThreadRequest, caller: Caller
    ) -> conversations.ThreadWritten:
        """Take what a guardian writes first."""
        return self._carry_out_order(conversations.start_thread, write, request, caller)

    @answers(conversations.reply, callers=[PORTAL], right=is_reader_of_thread)
    def reply(
        self, write: Write, request: conversations.ReplyRequest, caller: Caller
    ) -> conversations.ThreadWritten:
        """Take a guardian's answer; who reads the thread stays as it was."""
        return self._carry_out_order(conversations.reply, write, request, caller)

    @answers(conversations.read_thread, callers=[PORTAL], right=is_reader_of_thread)
    def read_thread(
        self, request: conversations.ReadThreadRequest, caller: Caller
    ) -> conversations.ReadThreadAnswer:
        """Return messages and note them as read: the answer is kept nowhere, hence no `writes`."""
        thread = caller.subject, request.thread_id, request.before
        with store.write() as write:
            return guardian_thread_reading.read_thread(write, vault, *thread)

    @answers(conversations.read_attachment, callers=[PORTAL], right=is_reader_of_thread)
    def read_attachment(
        self, request: conversations.ReadAttachmentRequest, caller: Caller
    ) -> conversations.ReadAttachmentAnswer:
        """Return one part of a file."""
        part = request.thread_id, request.attachment_id, request.part
        with store.read() as read:
            return to_family_queries.part_of_readable_attachment(read, vault, caller.subject, *part)

    @answers(conversations.read_bulletins, callers=[PORTAL], right=is_family_person)
    def read_bulletins(
        self, request: conversations.ReadBulletinsRequest, caller: Caller
    ) -> conversations.ReadBulletinsAnswer:
        """Return the bulletins that concern an adult's children."""
        asked = caller.subject, request.before, today()
        with store.read() as read:
            return bulletins.bulletins_for_adult(read, vault, *asked)

    @subscribes(portal_events.attachment_part, sources=[PORTAL])
    def on_attachment_part(
        self, write: Write, event: portal_events.AttachmentPart, _delivery: Delivery
    ) -> None:
        """Keep a part of a file; the last one has it looked at."""
        message_files.store_part_of_file(
            write, vault, event.attachment_id, event.number, event.data, now()
        )
