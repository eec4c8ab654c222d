"""
States of others that billing stores, and the cards that it publishes.

They are compared as shared/database/comparison/states.py says: on `preau resync`, and after a
restore.
"""

from services.billing.handlers.comparison import households, prices, published, quantities
from shared.person import SUBJECTS

PUBLISHED = published.PUBLISHED
STORED = (SUBJECTS, *households.STORED, *quantities.STORED, *prices.STORED)
