"""What the portal hears: cards of families, notices, what became of acts on their way."""

from services.portal_gateway.store import store
from shared.bus import Service


class PortalService(Service):
    """The portal's ear on the bus, beside its pages; it shares their database."""

    name = "portal"
    store = store
