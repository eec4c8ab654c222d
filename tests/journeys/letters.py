"""Letters that a town has sent by e-mail, as its stand-in for a mail server keeps them."""

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cache
from pathlib import Path

from tests.journeys.town import DemoTown


def letters_of(town: DemoTown) -> list[EmailMessage]:
    """Return every letter that was sent, the newest last."""
    files = town.instance.mail_dir.glob("*.eml")
    return [_letter(file) for file in sorted(files, key=lambda each: each.stat().st_mtime_ns)]


def letters_to(town: DemoTown, address: str) -> list[str]:
    """Return the text of every letter to an address, the newest last."""
    return [each.get_content() for each in letters_of(town) if address in each["To"]]


@cache
def _letter(file: Path) -> EmailMessage:
    """Read a letter once: there are hundreds, which each wait for another one looks through."""
    return BytesParser(policy=policy.default).parsebytes(file.read_bytes())
