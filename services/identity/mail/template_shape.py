"""Shape of an email's template: what it says in both languages, and for how long it may be sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from string import Formatter

FRENCH, ENGLISH = "fr", "en"

OF_TOWN = frozenset({"portal", "help"})
"""Values that every text has: the address of families' portal, and where one may call, and when."""


@dataclass(frozen=True, slots=True)
class Template:
    """
    One kind of email; `french` and `english` are its subject and what follows the greeting.

    Texts name their values in braces, beside those of the town. What is `for_agents` is signed
    without the telephone that families call.
    """

    good_for: timedelta
    urgent: bool  # sent before others
    french: tuple[str, str]
    english: tuple[str, str]
    for_agents: bool = False

    @property
    def subject(self) -> Mapping[str, str]:
        """The subject by language."""
        return {FRENCH: self.french[0], ENGLISH: self.english[0]}

    @property
    def text(self) -> Mapping[str, str]:
        """The text by language, with its greeting."""
        return {
            FRENCH: f"Bonjour,\n\n{self.french[1]}",
            ENGLISH: f"Hello,\n\n{self.english[1]}",
        }

    @property
    def values(self) -> frozenset[str]:
        """The names of what whoever has it sent must give."""
        named = Formatter().parse("".join(self.french))
        return frozenset(name for _, name, *_ in named if name) - OF_TOWN
