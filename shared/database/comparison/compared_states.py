"""
States that a service publishes and others store: what is published now, and what is stored of it.

A service declares each event whose states somebody stores once as `Published` and, at each
subscriber, as `Stored`; shared/bus/comparison.py compares the two.
"""

import dataclasses
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import Session

from shared.contracts.every_service import comparison as contracts
from shared.contracts.every_service.bucket_sums import add_up_sums, bucket_of, digests_by_bucket
from shared.contracts.every_service.comparison import Differences, StateVersion, digest_of_state
from shared.contracts.message import Event
from shared.database.comparison.sums import bucket_column
from shared.database.comparison.sums_found_equal import FEW_BUCKETS, KeptSums
from shared.database.store import Write

E = TypeVar("E")

Content = Mapping[str, Any]
Versions = Mapping[str, int]


class Route(NamedTuple):
    """The two principals between whom states are compared."""

    publisher: str
    subscriber: str


class Page(Protocol):
    """Function that gives a page of keys with their versions, of one bucket or of all ("")."""

    def __call__(
        self, read: Session, route: Route, after: str, most: int, bucket: str = ""
    ) -> list[tuple[str, int]]: ...


AGAIN = "again"
"""Digest of a published content that makes its next publication differ from it."""

ANY_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
"""Stand-in on both sides for a moment that is not compared."""

NEWS_COMPARED = timedelta(days=45)
"""Age up to which news are compared: both sides keep them for longer."""

FEW = 20
"""Unknown rows that are deleted in any case; more of them only if most rows are known."""


@dataclass(frozen=True)
class Published(Generic[E]):
    """
    States published by an event as of now, each under a key, to one principal.

    `read_page(read, route, after, most)` gives keys above `after`, in order, with their versions.
    `contents` gives those events; it leaves out a state that has changed and is about to be
    published. `again` publishes keys at versions above those given. `keys` are those of one event.
    `apart` are the fields that say nothing of the content. `sums` are those of all rows that may be
    published to the principal, kept by the database; keys then begin with the subject's id.
    """

    event: Event[E]
    page: Page
    contents: Callable[[Session, Route, Versions], Mapping[str, E]]
    again: Callable[[Write, Route, Versions], None]
    keys: Callable[[E], Collection[str]]
    apart: frozenset[str] = frozenset({"version", "at"})
    sums: Callable[[Route], Sequence[KeptSums]] | None = None

    def digests(self, read: Session, route: Route) -> dict[str, str]:
        """Return by bucket the digest of all that may be published to the principal."""
        kept = self.sums(route) if self.sums else ()
        return digests_by_bucket(add_up_sums(row for each in kept for row in each.read(read)))

    def states(
        self, read: Session, route: Route, after: str, buckets: Collection[str] = ()
    ) -> tuple[list[StateVersion], str]:
        """
        Return a page of states, and the key after which the next one begins ("": the end).

        Of a few `buckets` the states of these alone, by their index; of many or none, all.
        """
        versions = dict(self._page(read, route, after, buckets))
        contents = self.contents(read, route, versions)
        states: list[StateVersion] = [
            {"key": key, "version": version, "digest": self._digest_of_content(contents.get(key))}
            for key, version in versions.items()
        ]
        return states, states[-1]["key"] if len(states) == contracts.PAGE else ""

    def _page(
        self, read: Session, route: Route, after: str, buckets: Collection[str]
    ) -> list[tuple[str, int]]:
        if not 0 < len(buckets) <= FEW_BUCKETS:
            return self.page(read, route, after, contracts.PAGE)
        found: list[tuple[str, int]] = []
        begun = bucket_of(after)
        for bucket in sorted(buckets):
            if bucket >= begun and len(found) < contracts.PAGE:
                last, most = after if bucket == begun else "", contracts.PAGE - len(found)
                found += self.page(read, route, last, most, bucket)
        return found

    def keys_in(self, body: bytes) -> set[str]:
        """Return the keys of the states in an event's body, as it waits in an outbox."""
        return set(self.keys(self.event.load(json.loads(body))))

    def _digest_of_content(self, content: E | None) -> str:
        if content is None:
            return ""
        event = self.event.load(self.event.dump(content))  # as the subscriber receives it
        fields = dataclasses.asdict(event)  # type: ignore[call-overload]
        return digest_of_state({name: fields[name] for name in fields if name not in self.apart})


class StoredState(NamedTuple):
    """
    A state as a subscriber stores it: `content` has the event's fields but those that are `apart`.

    `ended`: nothing is left of it, or it is so old that its publisher may have forgotten it. It is
    then no stranger where its publisher does not know it.
    """

    key: str
    version: int
    content: Content
    ended: bool = False


def nothing_declined(_read: Session, _source: str, _keys: Collection[str]) -> Collection[str]:
    """Return no key: the subscriber stores whatever is published."""
    return ()


@dataclass(frozen=True)
class Stored(Generic[E]):
    """
    States that a subscriber stores of an event of one principal: `rows(read, source)`.

    With `sums`, kept by the database, rows are read `within` some buckets: `rows(read, source,
    within)`; their keys begin with the subject's id.

    `delete` removes states that the publisher does not know; `declined` are keys that rightly are
    not stored here. A state published `once` has no later version: an altered row is deleted before
    it comes again.
    """

    event: Event[E]
    rows: Callable[..., Iterable[StoredState]]
    delete: Callable[[Write, str, Collection[str]], None]
    declined: Callable[[Session, str, Collection[str]], Collection[str]] = nothing_declined
    once: bool = False
    sums: Callable[[str], KeptSums] | None = None


@dataclass(frozen=True)
class Difference:
    """Differences of stored states from published ones: keys, with the version that is stored."""

    missing: Versions
    outdated: Versions
    altered: Versions
    unknown: Versions
    equal: int

    def still_differing(self, later: "Difference") -> "Difference":
        """Return what differs now and differs in the same way at a later look."""
        return Difference(
            dict(self.missing.items() & later.missing.items()),
            dict(self.outdated.items() & later.outdated.items()),
            dict(self.altered.items() & later.altered.items()),
            dict(self.unknown.items() & later.unknown.items()),
            later.equal,
        )

    @property
    def keys(self) -> Set[str]:
        """Return the keys of all states that differ."""
        return self.to_publish.keys() | self.unknown.keys()

    @property
    def to_publish(self) -> Versions:
        """Return the states that have to come again."""
        return {**self.missing, **self.outdated, **self.altered}

    @property
    def may_delete(self) -> bool:
        """Return whether unknown rows may go: not where a publisher seems to have lost its own."""
        return len(self.unknown) <= max(FEW, self.equal + len(self.to_publish))

    def counts_by_kind(self, event: str, source: str) -> Differences:
        """Return how many states differ, as an answer says it."""
        return {
            "event": event,
            "source": source,
            "equal": self.equal,
            "missing": len(self.missing),
            "outdated": len(self.outdated),
            "altered": len(self.altered),
            "unknown": len(self.unknown),
        }


def compare_states(
    published: Iterable[StateVersion],
    stored: Mapping[str, StoredState],
    declined: Collection[str] = (),
) -> Difference:
    """Return how the stored states differ from the published ones."""
    states = {state["key"]: state for state in published}
    missing = {key: 0 for key in states.keys() - stored.keys() - set(declined)}
    both = states.keys() & stored.keys()
    outdated = {
        key: stored[key].version for key in both if stored[key].version != states[key]["version"]
    }
    altered = {
        key: stored[key].version
        for key in both - outdated.keys()
        if states[key]["digest"] and states[key]["digest"] != digest_of_state(stored[key].content)
    }
    unknown = {
        key: state.version for key, state in stored.items() if key not in states and not state.ended
    }
    return Difference(missing, outdated, altered, unknown, len(both) - len(outdated) - len(altered))


def joined_key(*parts: str) -> str:
    """Return the key of a state that several ids or codes name together."""
    return " ".join(parts)


def parts_of_key(key: str, columns: int) -> tuple[str, ...]:
    """Return what `joined_key` joined; spaces belong to the last one."""
    return tuple(key.split(" ", columns - 1))


def make_page_reader(query: Callable[[Route], Select[*tuple[Any, ...]]], columns: int = 1) -> Page:
    """
    Return a `page` that reads a query: the key's `columns` first, then the version.

    The columns are in the order of an index, so that each page reads its own rows alone. The first
    is the subject's id where sums are kept.
    """

    def read_page(
        read: Session, route: Route, after: str, most: int, bucket: str = ""
    ) -> list[tuple[str, int]]:
        whole = query(route)
        key = list(whole.selected_columns)[:columns]
        if bucket:
            whole = whole.where(bucket_column(key[0]) == bucket)
        if after:
            whole = whole.where(tuple_(*key) > tuple_(*parts_of_key(after, columns)))
        rows = read.execute(whole.order_by(*key).limit(most))
        return [(joined_key(*row[:columns]), row[columns]) for row in rows]

    return read_page
