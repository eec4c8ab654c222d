"""Table of contents of the portal's service process; its pages share the database."""

from services.portal_gateway.handlers.billing import BillingEvents
from services.portal_gateway.handlers.comparison import STORED
from services.portal_gateway.handlers.dossier import DossierEvents
from services.portal_gateway.handlers.enrolment import ProviderEvents
from services.portal_gateway.handlers.held_data import HELD
from services.portal_gateway.handlers.identity import IdentityEvents
from services.portal_gateway.jobs import Jobs
from services.portal_gateway.store import store


class PortalService(DossierEvents, ProviderEvents, BillingEvents, IdentityEvents, Jobs):
    """Stores what other services publish, for the pages to read locally."""

    name = "portal"
    store = store
    held = HELD
    stored = STORED
