"""
Compares what a service stores of others' events with what they publish now, and mends it.

The subscriber asks: it may know the content already. What each service publishes and stores is
declared as shared/database/comparison/compared_states.py says.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from shared.bus.service_declarations import Service, answers, service_only
from shared.contracts.errors import BadRequest, NotAllowed
from shared.contracts.every_service import comparison as contracts
from shared.contracts.every_service import operations
from shared.contracts.every_service.bucket_sums import bucket_of
from shared.contracts.message import Caller, all_rows
from shared.database import Write
from shared.database.chunks import chunks
from shared.database.comparison.compared_states import (
    Difference,
    Published,
    Route,
    Stored,
    StoredState,
    compare_states,
)
from shared.database.comparison.sums_found_equal import (
    FEW_BUCKETS,
    KeptSums,
    differing_digests,
    read_held,
    remember_equal,
)
from shared.register import Register
from shared.runtime.ids import new_id
from shared.runtime.logs import log

S = TypeVar("S", bound=Service)

DEADLINE_SECONDS = 20.0
SECOND_LOOK_SECONDS = 1.0
"""Delay until a difference is looked at again: an event may have been on its way."""


def answers_subscribers(*subscribers: str) -> Callable[[type[S]], type[S]]:
    """Return a decorator by which a service answers these, each of what it is sent."""

    @answers(contracts.published_versions, callers=subscribers, right=service_only)
    def published_versions(
        self: Service, request: contracts.PublishedVersionsRequest, caller: Caller
    ) -> contracts.PublishedVersionsAnswer:
        answer: contracts.PublishedVersionsAnswer
        answer = self.comparisons.published_versions(request, caller)
        return answer

    @answers(contracts.publish_again, callers=subscribers, right=service_only)
    def publish_again(
        self: Service, write: Write, request: contracts.PublishAgainRequest, caller: Caller
    ) -> contracts.PublishAgainAnswer:
        answer: contracts.PublishAgainAnswer
        answer = self.comparisons.publish_again(write, request, caller)
        return answer

    def give_answers(service: type[S]) -> type[S]:
        for method in (published_versions, publish_again):
            setattr(service, method.__name__, method)
        return service

    return give_answers


class Comparisons:
    """Comparisons of one running service with its publishers, and for its subscribers."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._published = {each.event.full_name: each for each in service.published}

    @property
    def _town_register(self) -> Register:
        register: Register = self._service.settings.register
        return register

    def published_versions(
        self, request: contracts.PublishedVersionsRequest, caller: Caller
    ) -> contracts.PublishedVersionsAnswer:
        """Answer which states of an event the caller should store; raises a Refusal."""
        published = self._published_state_for_caller(request.event, caller)
        route, opened = self._route_to_caller(caller), {}
        with self._service.store.read() as read:
            if published.sums and not request.buckets:
                expected = {row["bucket"]: row["digest"] for row in request.held}
                opened = differing_digests(expected, published.digests(read, route))
                if not opened:
                    return contracts.PublishedVersionsAnswer([], next="")
            buckets = request.buckets or sorted(opened)
            states, following = published.states(read, route, request.after, buckets)
        return contracts.PublishedVersionsAnswer(states, _digests_as_rows(opened), next=following)

    def publish_again(
        self, write: Write, request: contracts.PublishAgainRequest, caller: Caller
    ) -> contracts.PublishAgainAnswer:
        """Publish states to the caller once more; raises a Refusal."""
        published = self._published_state_for_caller(request.event, caller)
        versions = {state["key"]: state["version"] for state in request.states}
        published.again(write, self._route_to_caller(caller), versions)
        return contracts.PublishAgainAnswer(len(versions))

    def resync(self, request: operations.ResyncRequest) -> operations.ResyncAnswer:
        """Compare all that is stored here with its publishers, and mend it where asked to."""
        found = self._differences()
        if any(each.to_publish or each.unknown for each in found.values()):
            time.sleep(SECOND_LOOK_SECONDS)
            again = self._differences()
            found = {
                key: each.still_differing(again[key]) for key, each in found.items() if key in again
            }
        rows = []
        for (stored, source), difference in found.items():
            rows.append(difference.counts_by_kind(stored.event.full_name, source))
            if contracts.differs(rows[-1]):
                log("facts_differed", of=stored.event.full_name, source=source)
                if request.mend:
                    self._mend(stored, source, difference)
        return operations.ResyncAnswer(rows)

    def _differences(self) -> dict[tuple[Stored[Any], str], Difference]:
        return {
            (stored, source): self._difference(stored, source)
            for stored in self._service.stored
            for source in sorted(self._publishers_of_event(stored))
        }

    def _difference(self, stored: Stored[Any], source: str) -> Difference:
        if stored.sums is not None:
            return self._difference_by_bucket(stored, source, stored.sums(source))
        ask, event = self._ask_function_for(source), stored.event.full_name
        published = list(
            all_rows(ask, contracts.published_versions, lambda page: page.states, event=event)
        )
        with self._service.store.read() as read:
            return _compare_states(read, stored, source, published, stored.rows(read, source))

    def _difference_by_bucket(self, stored: Stored[Any], source: str, kept: KeptSums) -> Difference:
        """Compare the buckets that are not known to be equal, and remember those that are."""
        store, event = self._service.store, stored.event.full_name
        with store.read() as read:
            held = read_held(read, store.metadata, kept, event, source)
        theirs, published = self._differing_buckets_with_states(
            source, event, held.expected_digests()
        )
        if not theirs:
            return Difference({}, {}, {}, {}, held.count_rows_outside(()))
        within = theirs.keys() if len(theirs) <= FEW_BUCKETS else ()
        with store.read() as read:
            rows = stored.rows(read, source, within)
            mine = [state for state in rows if bucket_of(state.key) in theirs]
            found = _compare_states(read, stored, source, published, mine)
            held = read_held(read, store.metadata, kept, event, source)  # of these same rows
        still = {bucket_of(key) for key in found.keys}
        equal = {bucket: digest for bucket, digest in theirs.items() if bucket not in still}
        if equal:
            with store.write() as write:
                remember_equal(write, event, source, held.buckets_found_equal(equal))
        return replace(found, equal=found.equal + held.count_rows_outside(theirs.keys()))

    def _differing_buckets_with_states(
        self, source: str, event: str, expected: Mapping[str, str]
    ) -> tuple[dict[str, str], list[contracts.StateVersion]]:
        """Return the buckets that are not as expected, with their digests, and their states."""
        ask = self._ask_function_for(source)
        first = contracts.PublishedVersionsRequest(event, _digests_as_rows(expected))
        page = ask(contracts.published_versions, first)
        buckets = {row["bucket"]: row["digest"] for row in page.buckets}
        states = list(page.states)
        while page.next:
            request = contracts.PublishedVersionsRequest(
                event, buckets=sorted(buckets), after=page.next
            )
            page = ask(contracts.published_versions, request)
            states += page.states
        return buckets, [state for state in states if bucket_of(state["key"]) in buckets]

    def _ask_function_for(self, source: str) -> Callable[..., Any]:
        return partial(self._service.bus.ask, to=source, deadline=DEADLINE_SECONDS)

    def _mend(self, stored: Stored[Any], source: str, difference: Difference) -> None:
        """Delete what the publisher does not know, and have it publish again what differs."""
        gone = set(difference.altered if stored.once else ())
        if difference.may_delete:
            gone |= difference.unknown.keys()
        for batch in chunks(sorted(gone), contracts.AGAIN_AT_ONCE):
            with self._service.store.write() as write:
                stored.delete(write, source, batch)
        ask = self._ask_function_for(source)
        for lost in chunks(sorted(difference.to_publish.items()), contracts.AGAIN_AT_ONCE):
            states: list[contracts.KnownVersion] = [
                {"key": key, "version": version} for key, version in lost
            ]
            request = contracts.PublishAgainRequest(stored.event.full_name, states)
            ask(contracts.publish_again, request, request_id=new_id())

    def _publishers_of_event(self, stored: Stored[Any]) -> frozenset[str]:
        return self._town_register.sources(self._service.settings.principal, stored.event.name)

    def _route_to_caller(self, caller: Caller) -> Route:
        return Route(self._service.settings.principal, caller.principal)

    def _published_state_for_caller(self, event: str, caller: Caller) -> Published[Any]:
        """Return what is published to a subscriber of this event; raises a Refusal."""
        published = self._published.get(event)
        if published is None:
            raise BadRequest(errors={"event": ["is not compared"]})
        mine = self._service.settings.principal
        consumers = self._town_register.consumers(mine, published.event.name)
        if caller.principal not in {row.consumer for row in consumers}:
            raise NotAllowed(callee=mine, method=contracts.published_versions.name)
        return published


def _compare_states(
    read: Session,
    stored: Stored[Any],
    source: str,
    published: Sequence[contracts.StateVersion],
    rows: Iterable[StoredState],
) -> Difference:
    mine = {state.key: state for state in rows}
    lacking = [state["key"] for state in published if state["key"] not in mine]
    return compare_states(published, mine, stored.declined(read, source, lacking))


def _digests_as_rows(digests: Mapping[str, str]) -> list[contracts.HeldBucket]:
    return [{"bucket": bucket, "digest": digest} for bucket, digest in sorted(digests.items())]
