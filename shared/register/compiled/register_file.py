"""The register file, read again when it was replaced."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from shared.register.compiled.snapshot import Snapshot, parse_register
from shared.register.providers.offices import Controller, Office, Provider
from shared.register.providers.regies import Regie
from shared.register.providers.states import ENDING_TRIAL, LEAVING, RUNNING
from shared.register.row_types_of_register import Delivery, Principal
from shared.runtime.reloading_file import LOOK_EVERY_SECONDS, ReloadingFile


class ProviderNotFound(LookupError):
    """No provider of this town has that code."""


class PrincipalNotFound(LookupError):
    """No service of this town has that name on the broker."""


class Register:
    """
    The register file; while it is away or broken a service goes on with the rights it knew, and the
    broker holds the wall.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        clock: Callable[[], float] = time.monotonic,
        every: float = LOOK_EVERY_SECONDS,
    ) -> None:
        self._file = ReloadingFile(path, parse_register, clock, every)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Register:
        """Open the register at `path`; OSError where there is none, ValueError where broken."""
        return cls(path)

    @property
    def now(self) -> Snapshot:
        """The register of this second; questions that must agree are asked of one snapshot."""
        return self._file.now

    @property
    def is_stale(self) -> bool:
        """Return whether the file is unreadable and the last valid one is in use."""
        return self._file.stale

    def is_entitled(self, principal: str, projection: str) -> bool:
        return (principal, projection) in self.now.granted_projections

    def callers(self, callee: str, method: str) -> frozenset[str]:
        return self.now.callers.get((callee, method), frozenset())

    def askers(self, callee: str) -> frozenset[str]:
        """Give the principals that may ask this one anything."""
        return self.now.askers.get(callee, frozenset())

    def consumers(self, source: str, event: str) -> frozenset[Delivery]:
        return self.now.consumers.get((source, event), frozenset())

    def sources(self, consumer: str, event: str) -> frozenset[str]:
        """Give the principals from which this event may reach the consumer."""
        return self.now.sources.get((consumer, event), frozenset())

    def projections(self, principal: str) -> tuple[str, ...]:
        """Give the projections that may reach a principal, those on request included."""
        return tuple(e.projection for e in self.now.entitlements if e.principal == principal)

    def usual_projections(self, principal: str) -> tuple[str, ...]:
        """Give the projections that a principal receives, some at some activities alone."""
        rows = self.now.entitlements
        return tuple(
            e.projection for e in rows if e.principal == principal and e.is_received_without_grant
        )

    def projections_at_activity(self, principal: str, activity: str) -> tuple[str, ...]:
        """Give the projections that a principal receives of the children at an activity (R2)."""
        rows = self.now.entitlements
        return tuple(
            e.projection
            for e in rows
            if e.principal == principal and e.is_received_at_activity(activity)
        )

    def projections_on_request(self, provider: str) -> tuple[str, ...]:
        """Give the projections that a provider takes where a guardian has them sent (rule R4)."""
        rows = self.now.entitlements
        return tuple(e.projection for e in rows if e.provider == provider and e.on_request)

    def may_have_food(self, principal: str) -> bool:
        """Say whether a provider may have a session with food, though it usually has none."""
        return any(e.principal == principal and e.on_occasion for e in self.now.entitlements)

    def principal(self, name: str) -> Principal:
        """Give a principal of this town; PrincipalNotFound if it has none of that name."""
        for principal in self.now.principals:
            if principal.name == name:
                return principal
        raise PrincipalNotFound(name)

    def provider(self, code: str) -> Provider:
        """Give a provider of this town; ProviderNotFound if it has none of that code."""
        for provider in self.now.providers:
            if provider.code == code:
                return provider
        raise ProviderNotFound(code)

    @property
    def present_and_former_providers(self) -> tuple[Provider, ...]:
        return (*self.now.providers, *self.now.former)

    def present_or_former_provider(self, code: str) -> Provider:
        """Give a provider of this town, or one that has left it; ProviderNotFound for others."""
        for provider in self.present_and_former_providers:
            if provider.code == code:
                return provider
        raise ProviderNotFound(code)

    def provider_of(self, principal: str) -> Provider | None:
        return next((p for p in self.now.providers if p.principal == principal), None)

    def controller_of(self, provider: str) -> Controller:
        """Give who answers for a provider's data, or for the town's own where it is ""."""
        rows = [row for row in self.now.treatments if row["provider"] in (provider or None, None)]
        rows.sort(key=lambda row: row["provider"] is None)
        return Controller(rows[0]["controller"], rows[0]["dpo"]) if rows else Controller("", "")

    def office(self, code: str) -> Office:
        """Give a provider or the front desk; ProviderNotFound if none has that code."""
        desk = self.now.front_desk
        return desk if desk and code == desk.code else self.provider(code)

    def office_of(self, principal: str) -> Office | None:
        """Give the office whose principal this is, where it is one's."""
        desk = self.now.front_desk
        return desk if desk and principal == desk.principal else self.provider_of(principal)

    @property
    def running_offices(self) -> tuple[Office, ...]:
        desk = self.now.front_desk
        caterers = (p for p in self.now.providers if p.cooks and p.state == RUNNING)
        return (*self.running_providers, *caterers, *([desk] if desk else []))

    def provider_and_regie(self, code: str) -> tuple[Provider, Regie]:
        """
        Give a régie with its provider; ProviderNotFound if the town has none of that code.

        What is owed to a provider that has left the town is still collected.
        """
        for provider in self.present_and_former_providers:
            for regie in provider.regies:
                if regie.code == code:
                    return provider, regie
        raise ProviderNotFound(code)

    def has_regie(self, code: str) -> bool:
        """Say whether the town has a régie of that code; of a provider that has left it, too."""
        try:
            self.provider_and_regie(code)
        except ProviderNotFound:
            return False
        return True

    def takes_online_payments(self, regie: Regie) -> bool:
        """
        Say whether a régie is paid online, by a real contract.

        While it tries its contract out (test, activation) nobody pays with it but a town of
        demonstration, where no bill is real.
        """
        return bool(regie.numcli) and (regie.payfip == "production" or self.now.town.demo)

    def takes_advances(self, regie: Regie) -> bool:
        """Say whether families may pay a régie of a running provider online before it bills."""
        running = any(regie in provider.regies for provider in self.running_providers)
        return running and regie.advance_most_cents > 0 and self.takes_online_payments(regie)

    @property
    def running_providers(self) -> tuple[Provider, ...]:
        """Providers that families meet: a caterer is none of them."""
        return tuple(p for p in self.now.providers if p.state == RUNNING and not p.cooks)

    @property
    def serving_providers(self) -> frozenset[str]:
        """Codes of the providers that answer what families ask, now or once they are back."""
        left = (LEAVING, ENDING_TRIAL)
        return frozenset(p.code for p in self.now.providers if p.state not in left and not p.cooks)

    def caterer_of(self, provider: str) -> Provider | None:
        """Give the provider that cooks for this one on its orders, None where none does."""
        cooks = (p for p in self.now.providers if p.cooks and p.state == RUNNING)
        return next((p for p in cooks if p.cooks and provider in p.cooks.customers), None)
