"""
States of others that the portal stores for its pages.

They are compared as shared/database/comparison/compared_states.py says: on `preau resync`, and
after a restore.
"""

from services.portal_gateway.handlers.comparison import (
    cards,
    conversations,
    menus,
    notices,
    publications,
)

STORED = (
    *cards.STORED,
    *publications.STORED,
    *menus.STORED,
    *conversations.STORED,
    *notices.STORED,
)
