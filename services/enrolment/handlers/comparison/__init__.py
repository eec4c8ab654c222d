"""
States that this provider publishes and others store, and those of others that it stores.

They are compared as shared/database/comparison/states.py says: on `preau resync`, and after a
restore.
"""

from services.enrolment.handlers.comparison import (
    conversations,
    families,
    figures,
    menus,
    offer,
    quantities,
    received,
)

PUBLISHED = (
    *offer.PUBLISHED,
    *families.PUBLISHED,
    *quantities.PUBLISHED,
    *conversations.PUBLISHED,
    *menus.PUBLISHED,
    *received.PUBLISHED,
    *figures.PUBLISHED,
)
STORED = received.STORED
