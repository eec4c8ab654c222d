"""Allocation of a sum to the lines of a bill: pure, exact to the cent."""

from collections.abc import Iterator, Sequence


def allocate_to_lines(cents: Sequence[int], paid: int) -> Iterator[int]:
    """
    Give, line by line, what `paid` pays of lines of these `cents`, in proportion.

    Rounded half up on what has been added up so far: the parts add up to `paid`, and a bill that is
    paid whole has each line paid whole. More than the whole pays the whole.
    """
    total = sum(cents)
    paid = max(0, min(paid, total))
    running = before = 0
    for line_cents in cents:
        running += line_cents
        after = (2 * paid * running + total) // (2 * total) if total else 0
        yield after - before
        before = after
