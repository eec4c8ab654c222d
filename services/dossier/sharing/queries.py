"""The access policy of all providers, as the register stands."""

from services.dossier.sharing.rules.policy import Reach
from services.dossier.store import store


def reach_now() -> Reach:
    """Return what each provider may be told, as the register stands."""
    return Reach.of(store.register)
