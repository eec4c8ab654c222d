"""Days as a letter, a device or an SMS says them, outside any page. Pure."""

from collections.abc import Sequence
from datetime import date

from shared.web.language import typography

MOST_NAMED = 3

_OTHERS = {
    "fr": ("{count} autre jour", "{count} autres jours"),
    "en": ("{count} other day", "{count} other days"),
}


def days_in_words(days: Sequence[date], language: str, today: date) -> str:
    """
    Say days in order: « mardi 1er décembre et jeudi 3 décembre », three at most and how many more.
    """
    ordered = sorted(set(days))
    named = [typography.day(each, language, today) for each in ordered[:MOST_NAMED]]
    left = len(ordered) - len(named)
    if left:
        one, several = _OTHERS[language]
        named.append((one if left == 1 else several).format(count=left))
    return typography.enumeration(named, language)
