"""
Sums of rows by bucket, by which two databases compare many rows without reading them.

Each row has a number, made of its subject and its version; a bucket is described by how many rows
it has and by the sum of their numbers. The database moves both along (database/comparison/sums.py);
what is here is the same in Python. Subject and version are multiplied, so that what one row has too
much is not what another lacks. Nobody is kept from making sums meet on purpose: who can do that to
a database can leave the sums alone.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

PRIMES = (2_147_483_647, 2_147_483_629)
FACTOR, OFFSET = 1_103_515_245, 12_345
HALF = 2**31
SIZE = 2**62
"""Sums are kept below it: two of them still fit in eight bytes."""

HEX = "0123456789abcdef"
PLACES = ((25, 26, 27, 28, 29, 30), (31, 32, 33, 34, 35, 36))
"""Characters of a UUID, counted from 1, for each half of a number: the last twelve are random."""

BUCKET_START, BUCKET_LENGTH = 35, 2
BUCKETS = 256

MONTHS = 200_000
"""More months than a version is mixed with: 12 times the year, and the month."""


Part = TypeVar("Part", str, tuple[str, str])


class Sum(NamedTuple):
    """Count and sum of one kind of rows in one bucket."""

    kind: str
    bucket: str
    rows: int
    total: int


def bucket_of(subject: str) -> str:
    """Return the bucket of a subject: the end of its id."""
    return subject[BUCKET_START - 1 : BUCKET_START - 1 + BUCKET_LENGTH]


def number_of_row(subject: str, version: int) -> int:
    """Return the number of a row, as the database computes it."""
    mixed = (version % PRIMES[0] * FACTOR + OFFSET) % PRIMES[0]
    halves = [
        sum((HEX.find(subject[place - 1]) + 1) * 16**at for at, place in enumerate(places))
        * mixed
        % prime
        for places, prime in zip(PLACES, PRIMES, strict=True)
    ]
    return halves[0] * HALF + halves[1]


def sum_rows(rows: Iterable[tuple[str, str, int]]) -> list[Sum]:
    """Return the sums of rows of (subject, kind, version); at version 0 nothing was published."""
    counted: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for subject, kind, version in rows:
        if not version:
            continue
        found = counted[kind, bucket_of(subject)]
        found[0] += 1
        found[1] = (found[1] + number_of_row(subject, version)) % SIZE
    return [Sum(*key, *found) for key, found in sorted(counted.items())]


def add_up_sums(sums: Iterable[Sum]) -> list[Sum]:
    """Return the sums of rows that several tables hold, one for each kind and bucket."""
    added: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for each in sums:
        found = added[each.kind, each.bucket]
        found[0] += each.rows
        found[1] = (found[1] + each.total) % SIZE
    return [Sum(*key, *found) for key, found in sorted(added.items())]


def digests_by_bucket(sums: Iterable[Sum]) -> dict[str, str]:
    """Return by bucket 16 hexadecimal characters over what it holds; empty ones are left out."""
    lines: dict[str, list[str]] = defaultdict(list)
    for each in sums:
        if each.rows:
            lines[each.bucket].append(f"{each.kind} {each.rows} {each.total}\n")
    return {
        bucket: hashlib.sha256("".join(sorted(parts)).encode()).hexdigest()[:16]
        for bucket, parts in lines.items()
    }


def digests_by_bucket_and_kind(sums: Iterable[Sum]) -> dict[tuple[str, str], str]:
    """Return the sums by bucket and kind."""
    return {
        (each.bucket, each.kind): digest
        for each in sums
        for digest in digests_by_bucket([each]).values()
    }


def differing_buckets(mine: Mapping[Part, str], theirs: Mapping[Part, str]) -> list[Part]:
    """Return the buckets, or parts of them, that are not the same on both sides, sorted."""
    return sorted(
        part for part in mine.keys() | theirs.keys() if mine.get(part) != theirs.get(part)
    )
