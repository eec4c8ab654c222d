"""
States that this provider publishes and others store, and those of others that it stores.

They are compared as shared/database/comparison/compared_states.py says: on `preau resync`, and
after a restore.
"""

from services.enrolment.handlers.comparison import (
    conversations,
    families,
    figures,
    menus,
    offer,
    quantities,
    stored_states,
)

PUBLISHED = (
    *offer.PUBLISHED,
    *families.PUBLISHED,
    *quantities.PUBLISHED,
    *conversations.PUBLISHED,
    *menus.PUBLISHED,
    *stored_states.PUBLISHED,
    *figures.PUBLISHED,
)
STORED = stored_states.STORED
