"""One round trip of a browser to the provider: everything follows from one secret. Pure."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """
    Values that go along with a browser, made from the secret that stays in it.

    So nothing of it is stored: whoever comes back without the secret has another state, and what
    the provider signed for another browser has another nonce.
    """

    secret: str

    @property
    def state(self) -> str:
        return self._derived("state")

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """Return what shows the provider that the code comes from who asked for it (RFC 7636)."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        digest = sha256(self.verifier.encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()

    def has_state(self, state: str) -> bool:
        return hmac.compare_digest(self.state.encode(), state.encode())

    def has_nonce(self, nonce: object) -> bool:
        return hmac.compare_digest(self.nonce.encode(), str(nonce).encode())

    def _derived(self, what: str) -> str:
        return hmac.new(self.secret.encode(), what.encode(), sha256).hexdigest()
