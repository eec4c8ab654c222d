"""
Facts of others that the portal stores for its pages.

They are compared as shared/database/facts.py says: on `preau resync`, and after a restore.
"""

from services.portal_gateway.facts import cards, conversations, notices, publications

STORED = (*cards.STORED, *publications.STORED, *conversations.STORED, *notices.STORED)
