"""The provider by which a principal's people sign in, of the town file and identity's secrets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from services.identity.accounts.rules.account_kinds import FAMILY, account_kind_at_principal
from services.identity.openid.client.provider import Known, OpenIdClient, openid_client_at
from services.identity.openid.rules import claims as rules
from services.identity.openid.rules.round_trip import RoundTrip
from services.identity.store import store
from shared.contracts.errors import NotFound
from shared.contracts.identity import openid as contracts
from shared.contracts.identity.openid import OpenIdAway, OpenIdRefused
from shared.register import OpenIdProvider
from shared.runtime.outside.http_client import Silent
from shared.settings import Settings

DENIED = ("access_denied", "login_required", "consent_required", "interaction_required")
AWAY = ("server_error", "temporarily_unavailable")


@dataclass(frozen=True, slots=True)
class OpenIdDoor:
    """A provider, for accounts of one kind, who come back to the pages at `address`."""

    provider: OpenIdProvider
    client: OpenIdClient
    kind: str
    address: str

    def begin(self, secret: str, *, linking: bool) -> contracts.OpenIdBegun:
        """Return where a browser goes that keeps the secret; raises OpenIdAway."""
        anew = self._asks_anew(linking=linking)
        with _refusing():
            address = self.client.address_to_sign_in(self._way_back, RoundTrip(secret), anew=anew)
        return contracts.OpenIdBegun(secret, address)

    def ask_who_came(
        self, request: contracts.OpenIdReturn, begun: int | None, *, linking: bool
    ) -> Known:
        """
        Return whom the provider knows; `begun` is when this browser was asked, None if it was not.

        Raises OpenIdAway and OpenIdRefused.
        """
        trip = RoundTrip(request.secret)
        if begun is None:
            raise OpenIdRefused(reason="late")
        if not trip.has_state(request.state):
            raise OpenIdRefused(reason="answer")
        if request.error:
            _refuse_for_error(request.error)
        with _refusing():
            known = self.client.ask_who_came(request.code, request.issuer, self._way_back, trip)
        if not rules.has_accepted_level(self.provider, known.claims):
            raise OpenIdRefused(reason="level")
        if not rules.has_accepted_email(self.provider, known.claims):
            raise OpenIdRefused(reason="email")
        if self._asks_anew(linking=linking) and not rules.has_signed_in_since(known.claims, begun):
            raise OpenIdRefused(reason="earlier")
        return known

    def address_to_leave(self, known: Known) -> str:
        """Return the provider's page for the end of what has begun, "" where it has none."""
        try:
            return self.client.address_to_leave(
                known.id_token, f"{self.address}{contracts.SIGN_IN_PATH}"
            )
        except Silent:
            return ""

    def _asks_anew(self, *, linking: bool) -> bool:
        """
        Return whether the provider is to ask who is there though it knows.

        A parent signs in anew each time: a computer of a library is the next one's too. So does who
        links: the session that is open there may be a colleague's, who would enter from then on.
        """
        return linking or self.kind == FAMILY

    @property
    def _way_back(self) -> str:
        return f"{self.address}{contracts.RETURN_PATH}"


def openid_door_of_principal(settings: Settings, principal: str) -> OpenIdDoor:
    """
    Return the provider for who signs in at a principal.

    Raises NotFound where the town names none, and OpenIdAway without what it takes to ask it.
    """
    office = store.register.office_of(principal)
    kind = account_kind_at_principal(principal, is_office=office is not None)
    town, secrets = store.register.now.town, settings.openid
    families = kind == FAMILY
    provider = town.families_openid if families else town.agents_openid
    if provider is None or kind is None:
        raise NotFound
    secret = secrets.families if families else secrets.agents
    address = settings.desks.now.get(office.code, "") if office else settings.portal_url
    if not secret or not address:
        raise OpenIdAway
    client = openid_client_at(provider, secret, secrets.proxy)
    return OpenIdDoor(provider, client, kind, address)


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what a provider does not say into the words of the contract."""
    try:
        yield
    except Silent:
        raise OpenIdAway from None
    except rules.NotItsWord:
        raise OpenIdRefused(reason="answer") from None


def _refuse_for_error(error: str) -> None:
    if error in AWAY:
        raise OpenIdAway
    raise OpenIdRefused(reason="denied" if error in DENIED else "answer")
