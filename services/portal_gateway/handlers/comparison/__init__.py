"""
States of others that the portal stores for its pages.

They are compared as shared/database/comparison/compared_states.py says: on `preau resync`, and
after a restore.
"""

from services.portal_gateway.handlers.comparison import (
    stored_cards,
    stored_conversations,
    stored_menus,
    stored_notices,
    stored_publications,
)

STORED = (
    *stored_cards.STORED,
    *stored_publications.STORED,
    *stored_menus.STORED,
    *stored_conversations.STORED,
    *stored_notices.STORED,
)
