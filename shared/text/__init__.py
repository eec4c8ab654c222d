"""Words as people write them: folded, sorted, alike but for slips; and telephone numbers."""

from shared.text.folding import (
    FORGIVEN_FROM,
    JOINTS,
    NO_LETTER,
    collation_key,
    composed,
    folded,
    index_letter,
    is_same_name,
    lowercase_unaccented,
    nearly_matches,
    searchable_text,
    searchable_words,
    without_accents,
)
from shared.text.telephone import read_telephone_number
