"""A real clamd with one signature of our own, of any date: the test file of all antiviruses."""

import gzip
import hashlib
import io
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from deploy.doctor.antivirus import EICAR
from deploy.instance.instance import LOOPBACK
from shared.files.antivirus import Antivirus
from tests.journeys.bus import until
from tests.memory import memory

PROGRAM = "/usr/sbin/clamd"
SIGNATURE = "Preau.Test"
FOUND = f"{SIGNATURE}.UNOFFICIAL"
CONFIGURATION = """\
DatabaseDirectory {folder}/signatures
LocalSocket {folder}/clamd.ctl
PidFile {folder}/clamd.pid
Foreground yes
SelfCheck 0
"""


@contextmanager
def clamd(
    *settings: str, signed_at: datetime | None = None, knows: bytes = EICAR
) -> Iterator[Antivirus]:
    """Give a running daemon with further lines of its configuration."""
    folder = Path(tempfile.mkdtemp(prefix="preau-clamd-", dir=memory()))
    _write_signatures(folder / "signatures", signed_at or datetime.now(UTC), knows)
    lines = CONFIGURATION.format(folder=folder) + "".join(f"{line}\n" for line in settings)
    if os.geteuid() == 0:
        lines += "User root\n"
    (folder / "clamd.conf").write_text(lines)
    # Debian's AppArmor profile is for the program at its own place, and lets it read nothing here.
    program = shutil.copy(PROGRAM, folder)
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            [program, f"--config-file={folder}/clamd.conf"], stdout=log, stderr=log
        )
    try:
        antivirus = Antivirus(f"{folder}/clamd.ctl")
        until(antivirus.is_reachable, seconds=60)
        yield antivirus
    finally:
        running.terminate()
        running.wait()
        shutil.rmtree(folder)


def _write_signatures(folder: Path, signed_at: datetime, known: bytes) -> None:
    """Write one signature, packed and dated as those that come every day (.cud: not signed)."""
    folder.mkdir()
    rows = f"{SIGNATURE}:0:0:{known.hex()}\n".encode()
    head = (
        f"ClamAV-VDB:{signed_at:%d %b %Y %H-%M +0000}:27000:1:90:{{}}:x:preau"
        f":{int(signed_at.timestamp())}"
    )
    listed = f"{head.format('X')}\ndaily.ndb:{len(rows)}:{hashlib.sha256(rows).hexdigest()}\n"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in (("daily.info", listed.encode()), ("daily.ndb", rows)):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    body = gzip.compress(packed.getvalue())
    whole = head.format(hashlib.md5(body).hexdigest()).encode().ljust(512) + body
    (folder / "daily.cud").write_bytes(whole)


@contextmanager
def answering(answer: bytes) -> Iterator[Antivirus]:
    """Give what listens where the daemon would, reads all that comes, and answers these bytes."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        threading.Thread(target=_answer_once, args=(listening, answer), daemon=True).start()
        yield Antivirus(f"{LOOPBACK}:{listening.getsockname()[1]}")


def _answer_once(listening: socket.socket, answer: bytes) -> None:
    asking, _ = listening.accept()
    with asking:
        sent = b""
        while not sent.endswith(bytes(4)):
            sent += asking.recv(65536)
        asking.sendall(answer)
