"""
Checks of the antivirus that a town names: answering, up to date, and looking at whole files.

The last is tried: a daemon passes what is larger than its own limits as clean, and says so nowhere.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from deploy.applied_town import Applied
from deploy.doctor.finding import Finding, duration_in_words
from shared.files.antivirus import Antivirus, NotScanned, TooLargeToScan, VirusFound
from shared.files.types import LARGEST_SENT

NOTICE = timedelta(days=4)
"""New signatures come every day; a long weekend without a network is no finding."""

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-" + rb"FILE!$H+H*"
"""The text that every antivirus takes for a virus, in two halves: this file is none."""

RESTART, RENEW = "systemctl restart clamav-daemon", "systemctl restart clamav-freshclam"
LIMITS = {
    "AlertExceedsMax": "yes",
    "MaxFileSize": "100M",
    "MaxScanSize": "400M",
    "StreamMaxLength": "100M",
}
_LINES = " ".join(f"'{name} {value}'" for name, value in LIMITS.items())
WIDEN = (
    f"sed -i -E '/^({'|'.join(LIMITS)}) /d' /etc/clamav/clamd.conf"
    f" && printf '%s\\n' {_LINES} >> /etc/clamav/clamd.conf && {RESTART}"
)


def check_antivirus(applied: Applied) -> Iterator[Finding]:
    """Yield what is wrong with the daemon that the file of engines names."""
    antivirus = applied.engines_of_town.antivirus
    if antivirus is None:
        return
    if not antivirus.is_reachable():
        yield Finding(
            f"The antivirus at {antivirus.place} does not answer: no file is taken or handed out.",
            RESTART,
        )
        return
    yield from _check_age_of_signatures(antivirus.signatures_made_at(), datetime.now(UTC))
    if not _is_virus_found(antivirus, EICAR):
        yield Finding(
            "The antivirus does not know the test file that every antivirus knows: it has no"
            " signatures.",
            RENEW,
        )
    elif not _is_virus_found(antivirus, _make_largest_archive()):
        yield Finding(
            "The antivirus takes files for clean, or not at all, that are smaller than the"
            f" {LARGEST_SENT // 1024**2} MB that a person may send: its limits are too low.",
            WIDEN,
        )


def _check_age_of_signatures(signed_at: datetime | None, moment: datetime) -> Iterator[Finding]:
    if signed_at is None:
        yield Finding("The antivirus does not say of when its signatures are.", RENEW)
    elif moment - signed_at > NOTICE:
        age = duration_in_words((moment - signed_at).total_seconds())
        yield Finding(f"The signatures of the antivirus are {age} old.", RENEW)


def _is_virus_found(antivirus: Antivirus, content: bytes) -> bool:
    """Return whether a file that is to be found is found."""
    try:
        antivirus.require_no_virus(content)
    except VirusFound:
        return True
    except (NotScanned, TooLargeToScan):
        return False
    return False


def _make_largest_archive() -> bytes:
    """Return an archive of the largest size that is sent, with the test file in it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("test.com", EICAR)
        archive.writestr("rest", bytes(LARGEST_SENT - len(EICAR) - 1024))
    return packed.getvalue()
