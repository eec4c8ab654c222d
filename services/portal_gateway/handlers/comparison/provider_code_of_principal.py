"""The code of the provider that publishes under a principal."""

from services.portal_gateway.store import store
from shared.register import Provider


def code_of_provider(principal: str) -> str:
    """Return the provider's code, "" for one that left the town."""
    provider: Provider | None = store.register.provider_of(principal)
    return provider.code if provider else ""
