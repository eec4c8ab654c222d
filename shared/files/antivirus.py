"""
ClamAV's daemon, asked about a file as it was sent (decision 0068).

`clamd` answers `stream: OK` for what it knows no harm of, and also for a file over its own limits,
unless configured otherwise: `preau doctor` tries that. Any other answer means that a file is not
clean.
"""

import socket
from dataclasses import dataclass
from datetime import UTC, datetime

SECONDS = 20.0
"""Longest wait for one step of an answer; a file of the largest size takes a third of a second."""
CHUNK_BYTES = 1024 * 1024
ANSWER_BYTES = 1024

_OVER_LIMITS = ("Heuristics.Limits.Exceeded",)
_LOCKED = ("Heuristics.Encrypted",)


class NotScanned(Exception):
    """The daemon is away, or failed: nothing is known of the file."""


class TooLargeToScan(Exception):
    """The file, or what is packed in it, is larger than the daemon looks at."""


class Locked(Exception):
    """The daemon is configured to let nothing pass that is encrypted."""


class VirusFound(Exception):
    """The daemon knows the file's content; `signature` is the name it has for it."""

    def __init__(self, signature: str) -> None:
        super().__init__(signature)
        self.signature = signature


@dataclass(frozen=True)
class Antivirus:
    """A daemon at an absolute path of a socket, or at `host:port`."""

    place: str

    def require_no_virus(self, content: bytes) -> None:
        """
        Return if the antivirus finds a file clean; raises what it found, or why it did not look.

        Raises VirusFound, TooLargeToScan, Locked, and NotScanned where there is no such answer.
        """
        verdict = self._send_command(b"INSTREAM", content)
        if verdict == "stream: OK":
            return
        if verdict.endswith(" FOUND"):
            signature = verdict.removeprefix("stream: ").removesuffix(" FOUND")
            if signature.startswith(_OVER_LIMITS):
                raise TooLargeToScan
            raise Locked if signature.startswith(_LOCKED) else VirusFound(signature)
        raise TooLargeToScan if verdict.startswith("INSTREAM size limit exceeded") else NotScanned

    def is_reachable(self) -> bool:
        """Return whether the daemon is there."""
        try:
            return self._send_command(b"PING") == "PONG"
        except NotScanned:
            return False

    def signatures_made_at(self) -> datetime | None:
        """Return when its signatures were made, None where it has no dated ones, or is away."""
        try:
            *_program, made = self._send_command(b"VERSION").split("/", 2)
            return datetime.strptime(made, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
        except (NotScanned, ValueError):
            return None

    def _send_command(self, command: bytes, content: bytes | None = None) -> str:
        """Return the answer to a command, without its end; raises NotScanned."""
        try:
            with self._connection() as daemon:
                try:
                    daemon.sendall(b"z" + command + b"\0")
                    if content is not None:
                        _send_in_chunks(daemon, content)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # it answered before all was sent
                return _read_answer(daemon)
        except OSError:
            raise NotScanned from None

    def _connection(self) -> socket.socket:
        if self.place.startswith("/"):
            daemon = socket.socket(socket.AF_UNIX)
            daemon.settimeout(SECONDS)
            try:
                daemon.connect(self.place)
            except OSError:
                daemon.close()
                raise
            return daemon
        host, _, port = self.place.rpartition(":")
        return socket.create_connection((host, int(port)), SECONDS)


def _send_in_chunks(daemon: socket.socket, content: bytes) -> None:
    """Send each chunk after its length, and an empty one last."""
    for start in range(0, len(content), CHUNK_BYTES):
        chunk = content[start : start + CHUNK_BYTES]
        daemon.sendall(len(chunk).to_bytes(4, "big") + chunk)
    daemon.sendall(bytes(4))


def _read_answer(daemon: socket.socket) -> str:
    """Return what comes before the first zero byte; raises ConnectionError for less."""
    answer = b""
    while not answer.endswith(b"\0"):
        part = daemon.recv(ANSWER_BYTES)
        if not part or len(answer) > ANSWER_BYTES:
            raise ConnectionError("half an answer")
        answer += part
    return answer[:-1].decode("utf-8", "replace")
