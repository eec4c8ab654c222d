"""
States that the dossier publishes and others store, and those of providers that it stores.

They are compared as shared/database/comparison/compared_states.py says: on `preau resync`, and
after a restore. The replica of projections has an inventory of its own (sharing/streams).
"""

from services.dossier.handlers.comparison import published_states, stored_provider_events

PUBLISHED = published_states.PUBLISHED
STORED = stored_provider_events.STORED
