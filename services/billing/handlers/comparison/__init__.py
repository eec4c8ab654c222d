"""
States of others that billing stores, and the cards that it publishes.

They are compared as shared/database/comparison/compared_states.py says: on `preau resync`, and
after a restore.
"""

from services.billing.handlers.comparison import (
    households,
    published_bill_cards,
    quantities,
    tariffs,
)
from shared.person import SUBJECTS

PUBLISHED = published_bill_cards.PUBLISHED
STORED = (SUBJECTS, *households.STORED, *quantities.STORED, *tariffs.STORED)
