"""The access policy of all providers, as the register is now."""

from services.dossier.sharing.rules.policy import AccessPolicy
from services.dossier.store import store
from shared.register import Snapshot

_computed: list[tuple[Snapshot, AccessPolicy]] = []
"""The policy that was computed last, with the snapshot of the register that it is of."""


def current_policy() -> AccessPolicy:
    """Return what each provider may be sent under the register as it is now."""
    snapshot = store.register.now
    for known, policy in _computed:
        if known is snapshot:
            return policy
    policy = AccessPolicy.of_snapshot(snapshot)
    _computed[:] = [(snapshot, policy)]
    return policy
