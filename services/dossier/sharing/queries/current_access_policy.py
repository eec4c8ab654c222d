"""The access policy of all providers, as the register is now."""

from dataclasses import dataclass

from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import store
from shared.register import Snapshot


@dataclass
class _LastPolicy:
    """The policy that was computed last, and the snapshot of the register that it is of."""

    snapshot: Snapshot
    policy: AccessPolicy


_last: _LastPolicy | None = None


def current_policy() -> AccessPolicy:
    """Return what each provider may be sent under the register as it is now."""
    global _last
    snapshot, known = store.register.now, _last
    if known is None or known.snapshot is not snapshot:
        known = _last = _LastPolicy(snapshot, AccessPolicy.of_snapshot(snapshot))
    return known.policy
