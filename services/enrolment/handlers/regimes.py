"""The regime of each activity of a provider, from the register."""

from collections.abc import Mapping
from typing import Any


def regimes_of_provider(settings: Any) -> Mapping[str, str]:
    """Return the regime by activity code, for the provider whose settings these are."""
    provider = settings.register.provider_of(settings.principal)
    return {activity.code: activity.regime for activity in provider.activities} if provider else {}
