"""
Compares what a service stores of others' events with what they publish now, and mends it.

The subscriber asks: it may know the content already. What each service publishes and stores is
declared as shared/database/facts.py says.
"""

import time
from functools import partial
from typing import Any

from shared.bus.service_declarations import Service
from shared.contracts import comparison as contracts
from shared.contracts import operations
from shared.contracts.errors import BadRequest, NotAllowed
from shared.contracts.message import Caller, all_rows
from shared.database import Write
from shared.database.chunks import chunks
from shared.database.facts import Difference, Published, Route, Stored, compare_facts
from shared.register import Register
from shared.runtime.ids import new_id
from shared.runtime.logs import log

DEADLINE_SECONDS = 20.0
SETTLE_SECONDS = 1.0
"""Delay until a difference is looked at again: an event may have been on its way."""


class Comparisons:
    """Comparisons of one running service with its publishers, and for its subscribers."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._published = {each.event.full_name: each for each in service.published}

    @property
    def _register(self) -> Register:
        register: Register = self._service.settings.register
        return register

    def published_versions(
        self, request: contracts.PublishedVersionsRequest, caller: Caller
    ) -> contracts.PublishedVersionsAnswer:
        """Answer which facts of an event the caller should store; raises a Refusal."""
        published = self._published_to(request.event, caller)
        with self._service.store.read() as read:
            facts, following = published.facts(read, self._route(caller), request.after)
        return contracts.PublishedVersionsAnswer(facts, next=following)

    def publish_again(
        self, write: Write, request: contracts.PublishAgainRequest, caller: Caller
    ) -> contracts.PublishAgainAnswer:
        """Publish facts to the caller once more; raises a Refusal."""
        published = self._published_to(request.event, caller)
        versions = {fact["key"]: fact["version"] for fact in request.facts}
        published.again(write, self._route(caller), versions)
        return contracts.PublishAgainAnswer(len(versions))

    def resync(self, request: operations.ResyncRequest) -> operations.ResyncAnswer:
        """Compare all that is stored here with its publishers, and mend it where asked to."""
        found = self._differences()
        if any(each.to_publish or each.unknown for each in found.values()):
            time.sleep(SETTLE_SECONDS)
            again = self._differences()
            found = {key: each.still(again[key]) for key, each in found.items() if key in again}
        rows = []
        for (stored, source), difference in found.items():
            rows.append(difference.in_numbers(stored.event.full_name, source))
            if contracts.differs(rows[-1]):
                log("facts_differed", of=stored.event.full_name, source=source)
                if request.mend:
                    self._mend(stored, source, difference)
        return operations.ResyncAnswer(rows)

    def _differences(self) -> dict[tuple[Stored[Any], str], Difference]:
        return {
            (stored, source): self._difference(stored, source)
            for stored in self._service.stored
            for source in sorted(self._sources(stored))
        }

    def _difference(self, stored: Stored[Any], source: str) -> Difference:
        ask = partial(self._service.bus.ask, to=source, deadline=DEADLINE_SECONDS)
        event = stored.event.full_name
        published = list(all_rows(ask, contracts.published_versions, "facts", event=event))
        with self._service.store.read() as read:
            mine = {fact.key: fact for fact in stored.rows(read, source)}
            lacking = [fact["key"] for fact in published if fact["key"] not in mine]
            declined = stored.declined(read, source, lacking)
        return compare_facts(published, mine, declined)

    def _mend(self, stored: Stored[Any], source: str, difference: Difference) -> None:
        """Delete what the publisher does not know, and have it publish again what differs."""
        gone = set(difference.altered if stored.once else ())
        if difference.may_delete:
            gone |= difference.unknown.keys()
        for batch in chunks(sorted(gone), contracts.AGAIN_AT_ONCE):
            with self._service.store.write() as write:
                stored.delete(write, source, batch)
        ask = partial(self._service.bus.ask, to=source, deadline=DEADLINE_SECONDS)
        for lost in chunks(sorted(difference.to_publish.items()), contracts.AGAIN_AT_ONCE):
            facts: list[contracts.KnownVersion] = [
                {"key": key, "version": version} for key, version in lost
            ]
            request = contracts.PublishAgainRequest(stored.event.full_name, facts)
            ask(contracts.publish_again, request, request_id=new_id())

    def _sources(self, stored: Stored[Any]) -> frozenset[str]:
        return self._register.sources(self._service.settings.principal, stored.event.name)

    def _route(self, caller: Caller) -> Route:
        return Route(self._service.settings.principal, caller.principal)

    def _published_to(self, event: str, caller: Caller) -> Published[Any]:
        """Return what is published to a subscriber of this event; raises a Refusal."""
        published = self._published.get(event)
        if published is None:
            raise BadRequest(errors={"event": ["is not compared"]})
        mine = self._service.settings.principal
        consumers = self._register.consumers(mine, published.event.name)
        if caller.principal not in {row.consumer for row in consumers}:
            raise NotAllowed(callee=mine, method=contracts.published_versions.name)
        return published
