"""
Sums of the states that one comparison is about, and what was found equal by them before.

A bucket is opened if the sums of both sides differ, or if something in it changed that no event
changed. What was then found equal is remembered with what both sides' sums said of it, and not
opened again until one of them says something else: rows that rightly differ cost nothing twice.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, delete, insert, select, true
from sqlalchemy.orm import Session

from shared.contracts.every_service.bucket_sums import Sum, digests_by_bucket
from shared.database.comparison.sums import bucket_column, read_changes_without_event, read_sums
from shared.database.store import Write
from shared.database.tables.kit_tables import kit_table

FEW_BUCKETS = 64
"""Buckets up to which an index finds their rows faster than reading all of them."""

OPEN = "-"
"""Mark in place of a digest, of a bucket that is opened whatever its publisher's sums say."""


@dataclass(frozen=True)
class KeptSums:
    """Sums of a table (sums.py), of the rows that one comparison is about."""

    sums: Table
    where: tuple[ColumnElement[bool], ...] = ()
    kind: str | None = None

    def read(self, read: Session) -> list[Sum]:
        """Return the sums by kind and bucket."""
        return read_sums(read, self.sums, self.kind, *self.where)

    def changes_without_event(self, read: Session) -> Mapping[str, int]:
        """Return by bucket how many changes no event made."""
        return read_changes_without_event(read, self.sums, *self.where)


Within = Collection[str]
"""The buckets of which rows are read; none for all of them."""


def condition_of_rows_within(subject: Any, within: Within) -> ColumnElement[bool]:
    """Return the condition of a row whose subject is in one of these buckets."""
    return bucket_column(subject).in_(sorted(within)) if within else true()


class Equal(NamedTuple):
    """Sums of both sides of a bucket at the moment when its states were found equal."""

    touched: int
    mine: str
    theirs: str


NEVER = Equal(0, "", "")


@dataclass(frozen=True)
class Held:
    """State at a subscriber of one event of one source: sums, and what is known to be equal."""

    sums: list[Sum]
    touched: Mapping[str, int]
    equal: Mapping[str, Equal]

    def expected_digests(self) -> dict[str, str]:
        """Return by bucket the digest that its publisher has if nothing has to be opened."""
        mine = digests_by_bucket(self.sums)
        return {
            bucket: self._expected_digest(bucket, mine.get(bucket, ""))
            for bucket in mine.keys() | self.touched.keys() | self.equal.keys()
        }

    def _expected_digest(self, bucket: str, mine: str) -> str:
        known = self.equal.get(bucket, NEVER)
        if known.touched != self.touched.get(bucket, 0):
            return OPEN
        return known.theirs if known.mine == mine and bucket in self.equal else mine

    def count_rows_outside(self, buckets: Collection[str]) -> int:
        """Return how many rows are held in other buckets than these."""
        return sum(each.rows for each in self.sums if each.bucket not in buckets)

    def buckets_found_equal(self, theirs: Mapping[str, str]) -> dict[str, Equal]:
        """Return what is to be remembered of buckets that were opened, by their digests there."""
        mine = digests_by_bucket(self.sums)
        return {
            bucket: Equal(self.touched.get(bucket, 0), mine.get(bucket, ""), digest)
            for bucket, digest in theirs.items()
        }


def read_held(read: Session, metadata: Any, kept: KeptSums, event: str, source: str) -> Held:
    """Return what is held here of an event of one source."""
    compared = kit_table(metadata, "compared")
    here = (compared.c.event == event, compared.c.source == source)
    rows = read.execute(
        select(compared.c.bucket, compared.c.touched, compared.c.mine, compared.c.theirs).where(
            *here
        )
    )
    equal = {bucket: Equal(*said) for bucket, *said in rows}
    return Held(kept.read(read), kept.changes_without_event(read), equal)


def remember_equal(write: Write, event: str, source: str, buckets: Mapping[str, Equal]) -> None:
    """
    Remember of these buckets that their states were found equal.

    One comparison after the other: two at once would remember the same buckets, and one fail of it.
    """
    write.lock_names(f"compared|{event}|{source}")
    compared = kit_table(write.info["metadata"], "compared")
    here = (compared.c.event == event, compared.c.source == source)
    write.execute(delete(compared).where(*here, compared.c.bucket.in_(buckets)))
    write.execute(
        insert(compared),
        [
            {"event": event, "source": source, "bucket": bucket, **equal._asdict()}
            for bucket, equal in sorted(buckets.items())
        ],
    )


def differing_digests(expected: Mapping[str, str], mine: Mapping[str, str]) -> dict[str, str]:
    """Return the publisher's digests of the buckets that are not as its subscriber expects."""
    return {
        bucket: mine.get(bucket, "")
        for bucket in sorted(expected.keys() | mine.keys())
        if expected.get(bucket, "") != mine.get(bucket, "")
    }
