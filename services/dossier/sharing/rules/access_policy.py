"""Access policy of providers: the projections each may be sent, from one register snapshot."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from shared.contracts.dossier.guardians import ProviderUnknown
from shared.contracts.errors import NotAllowed
from shared.contracts.sections.care.town_diets import USUAL_DIETS
from shared.contracts.sections.section import Offered
from shared.register import LEAVING, RUNNING, TRIAL, Register, Snapshot
from shared.register.entitlement import CARE_CORE


@dataclass(frozen=True)
class AccessPolicy:
    """
    `granted` holds each provider's projections. Conditional ones are sent for some children:
    `on_request` if a guardian granted it (rule R4), `on_occasion` if a session has food (rule R3),
    `by_activity` if the child is at one of the activities that open it (rule R2).
    `running` providers may have real children, `trial` ones only invented children, `leaving` ones
    are being revoked. `offered` is what the town offers of its own lists, of diets.
    """

    principals: Mapping[str, str]
    granted: Mapping[str, frozenset[str]]
    running: frozenset[str]
    trial: frozenset[str] = frozenset()
    leaving: frozenset[str] = frozenset()
    on_request: Mapping[str, frozenset[str]] = field(default_factory=dict)
    on_occasion: Mapping[str, frozenset[str]] = field(default_factory=dict)
    by_activity: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    offered: Offered = field(default_factory=lambda: USUAL_DIETS.codes_offered)

    @staticmethod
    def from_register(register: Register) -> "AccessPolicy":
        """Read the register once, so that all of a transaction goes by the same rows."""
        return AccessPolicy.of_snapshot(register.now)

    @staticmethod
    def of_snapshot(snapshot: Snapshot) -> "AccessPolicy":
        """Return what the register said at one moment."""
        granted: defaultdict[str, set[str]] = defaultdict(set)
        on_request: defaultdict[str, set[str]] = defaultdict(set)
        on_occasion: defaultdict[str, set[str]] = defaultdict(set)
        by_activity: defaultdict[str, dict[str, frozenset[str]]] = defaultdict(dict)
        for row in snapshot.entitlements:
            if row.activities:
                by_activity[row.provider][row.projection] = frozenset(row.activities)
            elif row.is_received_without_grant:
                granted[row.provider].add(row.projection)
            if row.on_request:
                on_request[row.provider].add(row.projection)
            if row.on_occasion:
                on_occasion[row.provider].add(row.projection)
        running, trial, leaving = (
            frozenset(p.code for p in snapshot.providers if p.state == state)
            for state in (RUNNING, TRIAL, LEAVING)
        )
        return AccessPolicy(
            {provider.code: provider.principal for provider in snapshot.providers},
            {code: frozenset(projections) for code, projections in granted.items()},
            running,
            trial,
            leaving,
            {code: frozenset(projections) for code, projections in on_request.items()},
            {code: frozenset(projections) for code, projections in on_occasion.items()},
            by_activity,
            snapshot.diets.codes_offered,
        )

    def entitled_projections(self, provider: str) -> frozenset[str]:
        """Return what the register entitles this provider to, of every child it has."""
        return self.granted.get(provider, frozenset())

    def is_sent_on_request(self, provider: str, projection: str) -> bool:
        """Say whether a guardian may have this sent there; the register has the last word."""
        return projection in self.on_request.get(provider, ())

    def is_sent_on_occasion(self, provider: str, projection: str) -> bool:
        """Say whether this is sent there where a session has food (rule R3)."""
        return projection in self.on_occasion.get(provider, ())

    def activities_opening(self, provider: str, projection: str) -> frozenset[str]:
        """Return the activities whose children this is sent of; none where it is not so bound."""
        return self.by_activity.get(provider, {}).get(projection, frozenset())

    def projections_ever_sent(self, provider: str) -> frozenset[str]:
        """Return the projections that may be sent there; the broker has no other bindings."""
        return self.entitled_projections(provider).union(*self._conditional_projections(provider))

    def is_ever_entitled(self, provider: str, projection: str) -> bool:
        """Say whether it may ever be sent there, for some child: it is below the ceiling."""
        return projection in self.entitled_projections(provider) or any(
            projection in some for some in self._conditional_projections(provider)
        )

    def _conditional_projections(self, provider: str) -> Iterator[Collection[str]]:
        """Give what is sent there of some children, for each reason."""
        for grants in (self.on_request, self.on_occasion, self.by_activity):
            yield grants.get(provider, ())

    def may_send_now(self, provider: str, projection: str, *, ends: bool = False) -> bool:
        """
        Say whether a message may leave now; what `ends` something leaves wherever it can arrive.

        A suspended provider is sent the care core alone (rule R6). The rest is counted, and by its
        inventory it finds what it lacks once it runs again.
        """
        runs = provider in self.running or provider in self.trial
        return (runs or projection == CARE_CORE or ends) and self.is_ever_entitled(
            provider, projection
        )

    def may_link(self, provider: str, trial_of: str | None) -> bool:
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


def refuse_unknown_provider(
    policy: AccessPolicy, providers: Collection[str], of_trial: str | None = None
) -> None:
    """Raise ProviderUnknown for a provider that may not have it: see AccessPolicy.may_link."""
    for provider in providers:
        if not policy.may_link(provider, of_trial):
            raise ProviderUnknown(provider=provider)
