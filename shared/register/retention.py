"""Parts of the file and conversations: what for, how long, and what the DPO has widened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

# From when a section's retention runs, and how a family reads it.
REFERENCE_DATES: Mapping[str, str] = {
    "last_session": "la dernière séance",
    "end_of_last_link": "la fin de la dernière inscription",
    "end_of_school_year": "la fin de l’année scolaire",
    "end_of_measure": "la fin de la mesure",
}
ACTIVITIES, CONVERSATIONS = "activities", "conversations"
"""
What providers keep beside the sections of the file, each as long as the town file says.
"""
ACTIVITY_RETENTION = "4 years"
"""How long what children do at providers is kept, after the end of its school year."""
_UNITS = {"day": "jour", "month": "mois", "year": "an"}


def length_in_words(retention: str) -> str:
    """Return a length of time as families read it: « 30 jours », « 1 an »."""
    number, unit = retention.split()
    word = _UNITS[unit.rstrip("s")]
    plural = "s" if int(number) > 1 and not word.endswith("s") else ""
    return f"{number}\u00a0{word}{plural}"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the child's file, with how long it is kept: `retention` after `reference_date`."""

    code: str
    label: str
    purpose: str
    legal_basis: str
    retention: str
    reference_date: str
    label_en: str = ""
    """Label on English pages; "" where the town file has none."""

    @property
    def retention_in_words(self) -> str:
        """Say a period to a family: « 1 an après la fin de l’année scolaire »."""
        return f"{length_in_words(self.retention)} après {REFERENCE_DATES[self.reference_date]}"


@dataclass(frozen=True, slots=True)
class Conversations:
    """
    Conversations of families and providers: purpose, retention, and permitted attachments.

    `retention` runs from the day on which no child of a thread is linked any more, and for a
    bulletin from the day it was sent; `answer_days` are working days.
    """

    purpose: str = "Répondre aux familles et les informer"
    retention: str = "1 year"
    answer_days: int = 2
    attachment_kb: int = 5120

    @property
    def attachment_bytes(self) -> int:
        return self.attachment_kb * 1024


@dataclass(frozen=True, slots=True)
class Announced:
    """
    A widening that the DPO has approved and that is not in force before the day `valid_from`.

    `kind` is "projection" (a provider receives one more), "purpose" (it uses one for something
    else) or "retention" (a section is kept longer, `provider` ""); `what` is the projection or the
    section, `before` and `after` are purposes or lengths as families read them.
    """

    key: str
    kind: str
    provider: str
    what: str
    before: str
    after: str
    valid_from: date
