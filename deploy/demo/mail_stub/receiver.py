"""The server: SMTP on a port of this machine, one file for each email, oldest first by name."""

import socket
import ssl
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from deploy.instance.instance import LOOPBACK
from shared.runtime.ids import new_id

TAKEN, REFUSED, LATER = "250 OK", "550 5.1.1 no such mailbox", "451 4.3.0 try again later"


class Receiver:
    """
    One server (port 0 of a test: any that is free); refuses the recipients that it is given.

    What it is given stays on this machine: it forwards nothing.
    """

    def __init__(self, folder: Path, port: int, tls: ssl.SSLContext | None = None) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.unknown: set[str] = set()
        self.busy: set[str] = set()
        self.port = port or _free_port()
        self._tls = tls
        self._controller: Controller | None = None

    def start_receiving(self) -> None:
        """Take emails, in a thread of its own."""
        self._controller = Controller(
            self,
            hostname=LOOPBACK,
            port=self.port,
            tls_context=self._tls,
            require_starttls=self._tls is not None,
        )
        self._controller.start()

    def stop_receiving(self) -> None:
        """Take none any more; it can be started again."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def emails_received(self) -> list[EmailMessage]:
        """Return what came so far, oldest first."""
        read = BytesParser(policy=policy.default).parsebytes
        return [read(path.read_bytes()) for path in sorted(self.folder.glob("*.eml"))]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: object, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if address in self.unknown:
            return REFUSED
        if address in self.busy:
            return LATER
        envelope.rcpt_tos.append(address)
        return TAKEN

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        path = self.folder / f"{new_id()}.part"
        path.write_bytes(envelope.content)
        path.rename(path.with_suffix(".eml"))
        return TAKEN


def _free_port() -> int:
    with socket.socket() as any_free:
        any_free.bind((LOOPBACK, 0))
        return int(any_free.getsockname()[1])
