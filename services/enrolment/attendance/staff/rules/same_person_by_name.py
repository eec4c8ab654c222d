"""Identity of a person of the staff: its name, however that is written. Pure."""

from shared.text import folded


def person_key_of_name(name: str) -> str:
    """Return the key of a person: « Léa Martin » is « MARTIN Lea »; "" for no name."""
    return " ".join(sorted(folded(name).split()))


def has_overlap_of_hours(starts: str, ends: str, other_starts: str, other_ends: str) -> bool:
    """Say whether two spans of hours have a moment in common; one may begin where one ends."""
    return starts < other_ends and other_starts < ends
