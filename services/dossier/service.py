"""The dossier's service class; its handlers are in `handlers/`, one module for each caller."""

from services.dossier.data_protection.person_requests.metrics import measure_person_requests
from services.dossier.handlers.activity_history import Histories
from services.dossier.handlers.comparison import PUBLISHED, STORED
from services.dossier.handlers.corrections import Corrections
from services.dossier.handlers.data_protection.agent_reads import AgentReads
from services.dossier.handlers.data_protection.breaches import Breaches
from services.dossier.handlers.data_protection.person_requests import PersonRequests
from services.dossier.handlers.data_protection.request_erasures import RequestErasures
from services.dossier.handlers.families.departures import Departures
from services.dossier.handlers.families.duplicate_children import JoinedChildren
from services.dossier.handlers.families.household_adults import HouseholdAdults
from services.dossier.handlers.families.imports import FamilyImports
from services.dossier.handlers.families.own_children_and_home import Families
from services.dossier.handlers.families.separations import Separations
from services.dossier.handlers.families.trusted_person_accesses import CarerAccesses
from services.dossier.handlers.front_desk import FrontDesk
from services.dossier.handlers.ops_requests import Operations
from services.dossier.handlers.papers.child_papers import Papers
from services.dossier.handlers.papers.household_papers import HouseholdPapers
from services.dossier.handlers.provider_streams import Providers, SchoolServices
from services.dossier.handlers.registrations import Registrations
from services.dossier.handlers.safeguarding import Safeguarding
from services.dossier.jobs import Jobs
from services.dossier.metrics import measure_replica_lag
from services.dossier.personal_data_copies.queries.held_data import HELD
from services.dossier.store import store, vault
from shared.bus import BILLING, IDENTITY, PORTAL, PROVIDERS
from shared.bus.comparison import answers_subscribers
from shared.person import account_status_lookup


@answers_subscribers(BILLING, IDENTITY, PORTAL, PROVIDERS)
class DossierService(
    Families,
    Histories,
    Registrations,
    FrontDesk,
    Safeguarding,
    Corrections,
    HouseholdAdults,
    CarerAccesses,
    Separations,
    Departures,
    JoinedChildren,
    Papers,
    HouseholdPapers,
    PersonRequests,
    RequestErasures,
    AgentReads,
    Breaches,
    Operations,
    FamilyImports,
    Providers,
    SchoolServices,
    Jobs,
):
    """One dossier per child; each provider is sent what it is entitled to, and no more."""

    name = "dossier"
    store = store
    vault = vault
    account_status = staticmethod(account_status_lookup(store))  # type: ignore[assignment]
    published = PUBLISHED
    stored = STORED
    held = HELD
    metric_sources = (measure_replica_lag, measure_person_requests)
