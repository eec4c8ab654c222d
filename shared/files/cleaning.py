"""
Cleaning of files that a person sends: each is made anew before another gets it (decision 0065).

A picture becomes a JPEG of its pixels: upright, on white, at most 3,000 pixels long, without place,
device or anything that followed its end. A PDF becomes its pages: without script, action, form,
link and embedded file, or drawn where that fails. `shared/files/cleaning_process.py` does it in a
process of its own; what is no such file, or does harm to the process, is refused with a reason.
Where the town has an antivirus, it sees the file first, as it was sent.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore

from shared.files import antivirus, types
from shared.files.antivirus import Antivirus
from shared.runtime.logs import log

CLEANER = Path(__file__).with_name("cleaning_process.py")
SECONDS = 30.0

KIND, BROKEN, VAST, LOCKED, HEAVY = "kind", "broken", "vast", "locked", "heavy"
INFECTED, UNSCANNED = "infected", "unscanned"
_REASONS = {10: BROKEN, 11: VAST, 12: LOCKED}
"""Exit codes of the cleaner."""

_turns = BoundedSemaphore(2)
"""Each process at work may hold a decoded picture of 192 MB."""


class FileRefused(ValueError):
    """A file that nobody gets: `reason` is one of the codes above, `most` the bytes it may have."""

    def __init__(self, reason: str, most: int = types.LARGEST_SENT) -> None:
        super().__init__(reason)
        self.reason, self.most = reason, most


@dataclass(frozen=True)
class CleanFile:
    """A file made anew: JPEG or PDF."""

    media_type: str
    content: bytes


def clean_file(
    sent: bytes, most: int = types.LARGEST_SENT, scanner: Antivirus | None = None
) -> CleanFile:
    """
    Return a sent file made anew, of `most` bytes at most; raises FileRefused.

    With a `scanner` nothing opens the file that was not scanned, and what it knows is refused.

    Blocks for a few tenths of a second: for web processes, never within a write.
    """
    if len(sent) > types.LARGEST_SENT:
        raise FileRefused(HEAVY)
    kind = types.sent_type_of(sent)
    if kind is None:
        raise FileRefused(KIND)
    if scanner is not None:
        _refuse_unless_clean(sent, scanner)
    content = _run_cleaner(sent)
    if len(content) > most:
        raise FileRefused(HEAVY, most)
    return CleanFile(types.PDF if kind == types.PDF else types.JPEG, content)


def _refuse_unless_clean(sent: bytes, scanner: Antivirus) -> None:
    """Raise FileRefused unless the antivirus says that a file is clean; log what is no refusal."""
    try:
        scanner.require_no_virus(sent)
    except antivirus.VirusFound as found:
        log("virus_found", sha256=types.digest_of_file(sent), signature=found.signature)
        raise FileRefused(INFECTED) from None
    except antivirus.TooLargeToScan:
        raise FileRefused(VAST) from None
    except antivirus.Locked:
        raise FileRefused(LOCKED) from None
    except antivirus.NotScanned:
        log("antivirus_away")
        raise FileRefused(UNSCANNED) from None


def _run_cleaner(sent: bytes) -> bytes:
    with _turns:
        try:
            done = subprocess.run(
                [sys.executable, "-I", CLEANER],
                input=sent,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise FileRefused(BROKEN) from None
    if done.returncode or not done.stdout:
        raise FileRefused(_REASONS.get(done.returncode, BROKEN))
    return done.stdout
