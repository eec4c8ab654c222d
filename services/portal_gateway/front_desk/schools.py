"""Schools of the town that corrections choose from."""

from services.portal_gateway.front_desk.store import store
from shared.town.schools.choice import TownSchool
from shared.town.schools.replica import town_schools
from shared.web.base.app import shell_here


def schools_of_town() -> list[TownSchool]:
    """Return the schools of the providers that run, by commune and name."""
    sources = [provider.principal for provider in shell_here().register.running_providers]
    with store.read() as read:
        return town_schools(read, sources)
