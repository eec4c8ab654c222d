"""
States of others that billing stores, and the cards that it publishes.

They are compared as shared/database/comparison/compared_states.py says: on `preau resync`, and
after a restore.
"""

from services.billing.handlers.comparison import (
    published_bill_cards,
    stored_households,
    stored_quantities,
    stored_tariffs,
)
from shared.person import SUBJECTS

PUBLISHED = published_bill_cards.PUBLISHED
STORED = (SUBJECTS, *stored_households.STORED, *stored_quantities.STORED, *stored_tariffs.STORED)
