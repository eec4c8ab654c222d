"""Shape of an email's template."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

FRENCH, ENGLISH = "fr", "en"


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of email: for how long it may be sent, and whether it is sent before others."""

    good_for: timedelta
    urgent: bool
    values: frozenset[str]
    subject: Mapping[str, str]
    text: Mapping[str, str]
