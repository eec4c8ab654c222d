"""SMTP client of the town's mail server: one connection carries several emails."""

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from types import TracebackType
from urllib.parse import urlsplit

from services.identity.mail.rules.retries import REFUSED, SENT, UNCERTAIN, WAITING
from shared.dates.clock import now
from shared.settings import MailServer

PATIENCE_SECONDS = 15.0
TEXT_PATIENCE_SECONDS = 300.0
"""
How long a server may look into a text that it has (RFC 5321, 4.5.3.2.6).

Well below `LOST_AFTER`, from which on the email counts as that of a process that died.
"""
GO_ON = 354
"""Answer of a server that is ready for the text."""
NOT_SIGNED_IN = (530, 535, 538)
"""Answers of a server that wants a name and a password, or others (RFC 4954)."""
MAY_NOT_SEND = "5.7"
NOT_ALLOWED = f"{MAY_NOT_SEND}.".encode()
"""Start of an answer about permission to send, not about a mailbox (RFC 3463)."""
NO_SERVER = "no_server"
NOT_OFFERED = "not_offered"
"""The server offers no encryption, or takes no name and password, and is set up for them."""
UNFOLDED = SMTP.clone(max_line_length=998)
"""An address that is folded, or encoded as words are, is none: a program could not press it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of sending an email: a state, and the server's code or our own, never its text."""

    state: str
    reason: str = ""


class Connection:
    """An open SMTP connection; raises OSError or smtplib.SMTPException if it cannot be opened."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._smtp = smtplib.SMTP(server.host, server.port, timeout=PATIENCE_SECONDS)
        try:
            self._greet_mail_server()
        except BaseException:
            self._smtp.close()
            raise

    def __enter__(self) -> "Connection":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        with suppress(OSError, smtplib.SMTPException):
            self._smtp.quit()

    def send(self, address: str, message: EmailMessage) -> Outcome:
        """
        Send one email and return its outcome; at most once.

        If the connection breaks once its text was begun, the email stays `uncertain` and is not
        sent again. What the server says before it hears the address is about the town alone.
        """
        try:
            code, _ = self._smtp.mail(self._server.sender)
            if code >= 400:
                self._smtp.rset()
                return Outcome(WAITING, reason_of_server(code))
            code, said = self._smtp.rcpt(address)
            if code >= 400:
                self._smtp.rset()
                return _outcome_of_refusal(code, said)
            code, said = self._smtp.docmd("DATA")
            if code != GO_ON:
                self._smtp.rset()
                return _outcome_of_refusal(code, said)
        except (OSError, smtplib.SMTPException):
            return Outcome(WAITING, "connection")
        try:
            code, said = self._send_text(message.as_bytes(policy=UNFOLDED))
        except (OSError, smtplib.SMTPException):
            return Outcome(UNCERTAIN, "connection")
        return Outcome(SENT, str(code)) if code < 400 else _outcome_of_refusal(code, said)

    def _send_text(self, text: bytes) -> tuple[int, bytes]:
        """Send the text, each line of which ends as lines of SMTP do, and return the answer."""
        connected = self._smtp.sock
        assert connected is not None  # it has just answered
        connected.settimeout(TEXT_PATIENCE_SECONDS)
        self._smtp.send(re.sub(rb"(?m)^\.", b"..", text) + b".\r\n")
        answer = self._smtp.getreply()
        connected.settimeout(PATIENCE_SECONDS)
        return answer

    def _greet_mail_server(self) -> None:
        self._smtp.ehlo()
        if self._server.starttls:
            self._smtp.starttls(context=ssl.create_default_context())
            self._smtp.ehlo()
        if self._server.user:
            self._smtp.login(self._server.user, self._server.password)


def build_message(
    email_id: str,
    sender: Address,
    to: str,
    subject: str,
    text: str,
    unsubscribe: str = "",
) -> EmailMessage:
    """
    Return the message; its id is the email's, so that a server can recognise a second copy.

    `unsubscribe` is an address that takes one click (RFC 8058), "" for emails of security.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{email_id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe and urlsplit(unsubscribe).scheme:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text, cte="quoted-printable")
    return message


def reason_of_server(code: int) -> str:
    """Return why emails wait that the server refuses to the town, whoever they are for."""
    return f"server {code}"


def reason_of_no_connection(error: OSError | smtplib.SMTPException) -> str:
    """Return why emails wait that were not sent, since the server let nobody in."""
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        return reason_of_server(error.smtp_code)
    # smtplib raises no kind of its own where none of the ways to sign in is one that it knows.
    if isinstance(error, smtplib.SMTPNotSupportedError) or type(error) is smtplib.SMTPException:
        return NOT_OFFERED
    return NO_SERVER


def _outcome_of_refusal(code: int, said: bytes) -> Outcome:
    """
    Distinguish an address that there is not from a town that may not send, to it or to nobody.

    The server says so once it has heard the address, or has the text: an email can wait for that
    alone while others leave, and its reason begins with the code as of any other such address.
    """
    if code in NOT_SIGNED_IN:
        return Outcome(WAITING, reason_of_server(code))
    if said.startswith(NOT_ALLOWED):
        return Outcome(WAITING, f"{code} {MAY_NOT_SEND}")
    return Outcome(REFUSED if code >= 500 else WAITING, str(code))
