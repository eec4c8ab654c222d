"""The access policy of all providers, as the register is now."""

from services.dossier.sharing.rules.policy import AccessPolicy
from services.dossier.store import store


def current_policy() -> AccessPolicy:
    """Return what each provider may be sent under the current register."""
    return AccessPolicy.from_register(store.register)
