"""
Reconciliation of the replica with the dossier's inventory.

Both sides keep digests of the same entries by bucket: an equal replica costs one small answer. Of
few buckets that differ the digests of each projection are compared too, and the entries read of
those that differ; of many all entries.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from services.enrolment.models import HELD_SUMS, StoredProjection
from shared.bus.client import Client
from shared.contracts.dossier import guardians
from shared.contracts.dossier.sharing import projections as projection_contracts
from shared.contracts.dossier.sharing.inventory_comparison import (
    FEW_BUCKETS,
    MOST_VERSION,
    Entry,
    differing_entries,
    parse_entry,
)
from shared.contracts.errors import Refusal
from shared.contracts.every_service.bucket_sums import (
    Sum,
    bucket_of,
    differing_buckets,
    digests_by_bucket,
    digests_by_bucket_and_kind,
)
from shared.contracts.every_service.comparison import Differences
from shared.database import Store
from shared.database.chunks import chunks
from shared.database.comparison.sums import bucket_column, entry_column, read_sums
from shared.database.prebuilt_statements import among_parameter, execute, rows_among

DEADLINE_SECONDS = 5.0
IN_FLIGHT = 2
"""Requests for rows at once: the dossier prepares one while the other is on its way, or stored."""
Key = tuple[str, str]
Part = tuple[str, str]
"""A bucket, and a projection."""

StoredVersions = dict[Key, int]


@dataclass(frozen=True)
class Difference:
    """
    `missing` is to be mended; by key the version that is stored, or 0, and the dossier's.

    `unknown` is stored and in no inventory, by key its version.
    """

    missing: Mapping[Key, tuple[int, int]]
    unknown: Mapping[Key, int]
    equal: int = 0

    @property
    def missing_with_stored_version(self) -> Mapping[Key, int]:
        """Missing rows with the version that is stored."""
        return {key: stored for key, (stored, _) in self.missing.items()}

    @property
    def to_read(self) -> Collection[Key]:
        """Missing rows whose version at the dossier replaces the one that is stored."""
        return [key for key, (stored, sent) in self.missing.items() if stored < sent]

    @property
    def may_delete_unknown(self) -> bool:
        """Say whether what is unknown may go: otherwise it is the dossier that lost something."""
        return len(self.unknown) <= self.equal + len(self.missing)

    def still_differing_in(self, again: "Difference") -> "Difference":
        """Return what differs in the same way at the second look: the rest was on its way."""
        return Difference(
            dict(self.missing.items() & again.missing.items()),
            dict(self.unknown.items() & again.unknown.items()),
            again.equal,
        )

    def still_stored(self, versions: Mapping[Key, int]) -> "Difference":
        """Return what is still missing where these versions are stored now: the rest has come."""
        missing = {
            key: looked_at
            for key, looked_at in self.missing.items()
            if versions.get(key, 0) == looked_at[0]
        }
        came = len(self.missing) - len(missing)
        return Difference(missing, self.unknown, self.equal + came)

    def counts_of_difference(self) -> Differences:
        """Return how many rows differ, as an answer says it."""
        return {
            "event": projection_contracts.projection.full_name,
            "source": guardians.OWNER,
            "equal": self.equal,
            "missing": len(self.missing),
            "outdated": 0,
            "altered": 0,
            "unknown": len(self.unknown),
        }


def compare_with_inventory(stored: Mapping[Key, int], inventory: Iterable[Entry]) -> Difference:
    """Return how the replica differs from the inventory."""
    wanted = {(child_id, projection): version for child_id, projection, version in inventory}
    entries = ((*key, version) for key, version in wanted.items())
    differing = differing_entries(stored, entries)
    unknown = {key: stored[key] for key in sorted(stored.keys() - wanted.keys())}
    return Difference(
        {key: (held, wanted[key]) for key, held in differing.items()},
        unknown,
        len(wanted) - len(differing),
    )


def find_difference(bus: Client, store: Store, entitled: Iterable[str]) -> Difference:
    """Read the inventory of the buckets that differ, and compare; raises a Refusal."""
    projections = frozenset(entitled)
    answer = _ask_digests(bus, [])
    theirs = {row["bucket"]: row["digest"] for row in answer.buckets}
    sums = _stored_sums(store, projections)
    buckets = differing_buckets(digests_by_bucket(sums), theirs)
    parts = _differing_parts(bus, sums, projections, buckets)
    equal = sum(each.rows for each in sums if (each.bucket, each.kind) not in parts)
    if not parts:
        return Difference({}, {}, equal)
    pages = _inventory_pages(bus, buckets, parts)
    wanted = {line for page in pages for line in page.lines.splitlines()}
    lines = _stored_lines(store, parts)
    found = compare_with_inventory(
        {entry[:2]: entry[2] for entry in _entries_within(parts, lines - wanted)},
        _entries_within(parts, wanted - lines),
    )
    return Difference(found.missing, found.unknown, found.equal + equal + len(lines & wanted))


def stored_versions_of_rows(store: Store, keys: Collection[Key]) -> StoredVersions:
    """Return the stored versions of these rows."""
    child_ids = sorted({child_id for child_id, _ in keys})
    with store.read() as read:
        rows = list(rows_among(read, _VERSIONS_OF_CHILDREN, child_ids))
    return {(row.child_id, row.projection): row.version for row in rows}


_VERSIONS_OF_CHILDREN = select(
    StoredProjection.child_id, StoredProjection.projection, StoredProjection.version
).where(StoredProjection.child_id.in_(among_parameter()))


def _differing_parts(
    bus: Client, sums: list[Sum], projections: Collection[str], buckets: list[str]
) -> frozenset[Part]:
    """Return the projections that differ within few buckets, or all that are within many."""
    if len(buckets) > FEW_BUCKETS or not buckets:
        return frozenset((bucket, each) for bucket in buckets for each in projections)
    mine = digests_by_bucket_and_kind(each for each in sums if each.bucket in buckets)
    answer = _ask_digests(bus, buckets)
    theirs = {(row["bucket"], row["projection"]): row["digest"] for row in answer.parts}
    differing = differing_buckets(mine, theirs)
    return frozenset(part for part in differing if part[1] in projections)


def _ask_digests(bus: Client, within: list[str]) -> projection_contracts.InventoryDigestsAnswer:
    request = projection_contracts.InventoryDigestsRequest(within)
    return bus.ask(projection_contracts.inventory_digests, request, deadline=DEADLINE_SECONDS)


def _entries_within(parts: Collection[Part], lines: Iterable[str]) -> Iterator[Entry]:
    entries = map(parse_entry, lines)
    return (entry for entry in entries if (bucket_of(entry[0]), entry[1]) in parts)


def read_rows(
    bus: Client, keys: Collection[Key]
) -> Iterator[Sequence[projection_contracts.InventoryRows]]:
    """
    Yield rows as the dossier sent them before; raises a Refusal.

    Those of one projection come together: they are stored in the fewest statements.
    """
    left = sorted(keys, key=_projection_first_key)
    while left:
        asked, left = list(chunks(left, projection_contracts.ROWS_AT_ONCE)), []
        calls = (
            bus.prepare_call(
                projection_contracts.inventory_rows,
                projection_contracts.InventoryRowsRequest(
                    projection_contracts.children_by_projection(some)
                ),
            )
            for some in asked
        )
        outcomes = bus.ask_with_limit_under_way(calls, IN_FLIGHT, DEADLINE_SECONDS)
        for some, outcome in zip(asked, outcomes, strict=True):
            if isinstance(outcome, Refusal):
                raise outcome
            yield outcome.sent
            left += some[outcome.looked_at :]


def request_resend(bus: Client, stored: Mapping[Key, int]) -> None:
    """
    Have the dossier send these rows by its stream, or end them; raises a Refusal.

    Each is given with the version that is stored, or 0.
    """
    calls = (
        bus.prepare_call(
            projection_contracts.resend,
            projection_contracts.ResendRequest(
                [(*key, min(stored[key], MOST_VERSION)) for key in chunk]
            ),
        )
        for chunk in chunks(
            sorted(stored, key=_projection_first_key), projection_contracts.ROWS_AT_ONCE
        )
    )
    for outcome in bus.ask_with_limit_under_way(calls, IN_FLIGHT, DEADLINE_SECONDS):
        if isinstance(outcome, Refusal):
            raise outcome


def _projection_first_key(key: Key) -> tuple[str, str]:
    return key[1], key[0]


def _inventory_pages(
    bus: Client, buckets: list[str], parts: Collection[Part]
) -> Iterator[projection_contracts.InventoryAnswer]:
    after, first = "", True
    named = sorted(parts) if len(buckets) <= FEW_BUCKETS else []
    while first or after:
        request = projection_contracts.InventoryRequest(buckets, named, after=after)
        page = bus.ask(projection_contracts.inventory, request, deadline=DEADLINE_SECONDS)
        yield page
        after, first = page.next, False


def _stored_sums(store: Store, projections: frozenset[str]) -> list[Sum]:
    with store.read() as read:
        return read_sums(read, HELD_SUMS, "projection", HELD_SUMS.c.projection.in_(projections))


def _stored_lines(store: Store, parts: Collection[Part]) -> set[str]:
    buckets = {bucket for bucket, _ in parts}
    stored = StoredProjection.__table__.c
    query = select(entry_column(stored.child_id, stored.projection, stored.version)).where(
        stored.projection.in_({projection for _, projection in parts})
    )
    if len(buckets) <= FEW_BUCKETS:
        query = query.where(bucket_column(stored.child_id).in_(buckets))
    with store.read() as read:
        return set(execute(read, query).scalars())
