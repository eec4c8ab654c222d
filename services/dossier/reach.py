"""Whom the dossier may tell what, in one transaction: one snapshot of the register."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from shared.contracts.errors import NotAllowed
from shared.entitlement import CARE_CORE
from shared.register import LEAVING, RUNNING, TRIAL, Register


@dataclass(frozen=True)
class Reach:
    """
    `granted` holds each provider's projections, `running` those that may have real children.

    `trial` are those that have invented ones alone, `leaving` those that are being revoked.
    """

    principals: Mapping[str, str]
    granted: Mapping[str, frozenset[str]]
    running: frozenset[str]
    trial: frozenset[str] = frozenset()
    leaving: frozenset[str] = frozenset()

    @staticmethod
    def of(register: Register) -> "Reach":
        """Read the register once, so that all of a transaction goes by the same rows."""
        snapshot = register.now
        granted: defaultdict[str, set[str]] = defaultdict(set)
        for row in snapshot.entitlements:
            granted[row.provider].add(row.projection)
        return Reach(
            {provider.code: provider.principal for provider in snapshot.providers},
            {provider: frozenset(projections) for provider, projections in granted.items()},
            *(
                frozenset(p.code for p in snapshot.providers if p.state == state)
                for state in (RUNNING, TRIAL, LEAVING)
            ),
        )

    def projections(self, provider: str) -> frozenset[str]:
        """Return what the register entitles this provider to."""
        return self.granted.get(provider, frozenset())

    def entitled(self, provider: str, projection: str) -> bool:
        return projection in self.projections(provider)

    def leaves(self, provider: str, projection: str, *, ends: bool = False) -> bool:
        """
        Say whether a message may leave now; what `ends` something leaves wherever it can arrive.

        A suspended provider is told the care core alone (rule R6). The rest is counted, and by its
        inventory it finds what it lacks once it runs again.
        """
        told = provider in self.running | self.trial or projection == CARE_CORE
        return self.entitled(provider, projection) and (told or ends)

    def takes(self, provider: str, trial_of: str | None) -> bool:
        """Say whether a child may be linked: real ones to who runs, invented ones to their own."""
        if trial_of is None:
            return provider in self.running
        return provider == trial_of and provider in self.trial

    def provider_of(self, principal: str) -> str:
        """Return the code of the provider behind a principal; raises NotAllowed for any other."""
        for code, name in self.principals.items():
            if name == principal:
                return code
        raise NotAllowed(caller=principal)
