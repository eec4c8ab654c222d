"""The dossier's table of contents: what it hears and answers stands in `answers/`, by who asks."""

from services.dossier.answers.arrivals import Arrivals
from services.dossier.answers.by_itself import ByItself
from services.dossier.answers.drafts import Drafts
from services.dossier.answers.families import Families
from services.dossier.answers.front_desk import FrontDesk
from services.dossier.answers.hard_lives import HardLives
from services.dossier.answers.histories import Histories
from services.dossier.answers.operations import Operations
from services.dossier.answers.person_requests import PersonRequests
from services.dossier.answers.providers import Providers
from services.dossier.measures import of_replicas
from services.dossier.person_requests.measures import of_person_requests
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
