"""
States that this provider publishes and others store, and those of others that it stores.

They are compared as shared/database/comparison/compared_states.py says: on `preau resync`, and
after a restore.
"""

from services.enrolment.handlers.comparison import (
    published_conversations,
    published_family_states,
    published_figures,
    published_menus,
    published_offer,
    published_quantities,
    stored_states,
)

PUBLISHED = (
    *published_offer.PUBLISHED,
    *published_family_states.PUBLISHED,
    *published_quantities.PUBLISHED,
    *published_conversations.PUBLISHED,
    *published_menus.PUBLISHED,
    *stored_states.PUBLISHED,
    *published_figures.PUBLISHED,
)
STORED = stored_states.STORED
