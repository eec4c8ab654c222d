"""The dossier's table of contents: what it hears and answers stands in `handlers/`, by who asks."""

from services.dossier.handlers.activity_history import Histories
from services.dossier.handlers.family_imports import Arrivals
from services.dossier.handlers.front_desk import FrontDesk
from services.dossier.handlers.guardians import Families
from services.dossier.handlers.operations import Operations
from services.dossier.handlers.person_requests import PersonRequests
from services.dossier.handlers.providers import Providers
from services.dossier.handlers.registrations import Drafts
from services.dossier.handlers.safeguarding import HardLives
from services.dossier.jobs import ByItself
from services.dossier.metrics import of_replicas
from services.dossier.person_requests.metrics import of_person_requests
from services.dossier.store import store, vault
from shared.person import standings


class DossierService(
    Families,
    Histories,
    Drafts,
    FrontDesk,
    HardLives,
    PersonRequests,
    Operations,
    Arrivals,
    Providers,
    ByItself,
):
    """One dossier per child; each provider is sent what it is entitled to, and no more."""

    name = "dossier"
    store = store
    vault = vault
    standing = staticmethod(standings(store))  # type: ignore[assignment]
    measuring = (of_replicas, of_person_requests)
