"""
States of others that billing stores, and the cards that it publishes.

They are compared as shared/database/comparison/compared_states.py says: on `preau resync`, and
after a restore.
"""

from services.billing.handlers.comparison import cards, households, quantities, tariffs
from shared.person import SUBJECTS

PUBLISHED = cards.PUBLISHED
STORED = (SUBJECTS, *households.STORED, *quantities.STORED, *tariffs.STORED)
