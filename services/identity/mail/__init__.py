"""Emails: queued in the transaction that decides them, sent by a job every few seconds."""

from services.identity.mail.commands.queueing import queue_email
