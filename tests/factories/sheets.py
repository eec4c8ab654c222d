"""The sheet of a child as roles read it and mark it as seen, for tests of a provider."""

from services.enrolment.children.commands import sheet_reading
from services.enrolment.children.rules.visibility import Visibility, visibility_of
from services.enrolment.store import store, vault
from shared.contracts.identity.accounts import WHOLE_OFFICE
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories.enrolment import Provider


def visibility(provider: Provider, *roles: str) -> Visibility:
    register = provider.settings.register
    known = register.provider_of(provider.settings.principal)
    assert known is not None
    whole = {role: frozenset({WHOLE_OFFICE}) for role in roles}
    return visibility_of(whole, known.roles, register.projections(provider.settings.principal))


def reads(provider: Provider, child_id: str, *roles: str) -> dict[str, object]:
    with store.write() as write:
        found = sheet_reading.read_child_sheet(
            write, vault, visibility(provider, *roles), new_id(), child_id, now()
        )
    return {section.projection: section.content for section in found}


def marks(provider: Provider, child_id: str, projection: str, version: int, role: str) -> bool:
    with store.write() as write:
        return sheet_reading.mark_seen(
            write, visibility(provider, role), new_id(), child_id, projection, version, now()
        )
