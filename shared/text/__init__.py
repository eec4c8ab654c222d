"""Words as people write them: folded for searches, sorted by alphabet, alike but for slips."""

from shared.text.folding import (
    FORGIVEN_FROM,
    NO_LETTER,
    collation_key,
    composed,
    folded,
    index_letter,
    is_same_name,
    lowercase_unaccented,
    nearly_matches,
    searchable_text,
    without_accents,
)

__all__ = [
    "FORGIVEN_FROM",
    "NO_LETTER",
    "collation_key",
    "composed",
    "folded",
    "index_letter",
    "is_same_name",
    "lowercase_unaccented",
    "nearly_matches",
    "searchable_text",
    "without_accents",
]
