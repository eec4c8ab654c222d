"""Draft of a household's bill: lines added, units taken back, and the resulting state."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import groupby

from services.billing.pricing.rules.inputs_and_lines import Line
from services.billing.pricing.rules.month_corrections import corrections_of_month

NOTHING, CARRIED, DRAFTED = "nothing", "carried", "drafted"
NO_PRICE = "no_price"


@dataclass(slots=True)
class IssuedLine(Line):
    """
    A line of an issued invoice; `quantity` and `cents` are net of credit notes.

    `by_hand` is how much of its quantity an agent took back by a credit note made by hand: a run
    bills that no second time.
    """

    invoice_id: str
    seq: int
    by_hand: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """Units of an issued line that are no longer due; `cents` is their amount."""

    line: IssuedLine
    quantity: int
    cents: int
    days: Sequence[int]


@dataclass(frozen=True, slots=True)
class Month:
    """Changes of a run in one month: lines added, units no longer due."""

    month: str
    added: Sequence[Line]
    taken: Sequence[Taken] = ()
    was_billed: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """
    A household's part of a run.

    `kept` are the months that stay to be billed, `done` those that do not. `corrects`: something
    changes in a month that was billed. `unpriced`: something has no price, and is on no bill.
    """

    added: tuple[Line, ...]
    taken: tuple[Taken, ...]
    added_cents: int
    taken_cents: int
    is_carried: bool
    kept: frozenset[str]
    done: frozenset[str]
    corrects: bool = False
    unpriced: bool = False

    @property
    def becomes_invoice(self) -> bool:
        """Say whether the draft becomes an invoice: something is added, and not carried forward."""
        return self.added_cents > 0 and not self.is_carried

    @property
    def state(self) -> str:
        if self.becomes_invoice or self.taken:
            return DRAFTED
        return CARRIED if self.is_carried else NOTHING

    @property
    def total_cents(self) -> int:
        """Total to be issued; of a draft that is carried forward, the total carried."""
        if self.state == CARRIED:
            return self.added_cents
        return (self.added_cents if self.becomes_invoice else 0) - self.taken_cents

    @property
    def digest(self) -> str:
        """Return 64 characters that change with the draft's state, bill and credit notes."""
        parts = [
            f"{self.state} {self.becomes_invoice}",
            *(f"+{line.price} {line.month} {line.quantity} {line.cents}" for line in self.added),
            *(
                f"-{back.line.invoice_id} {back.line.seq} {back.quantity} {back.cents}"
                for back in self.taken
            ),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def draft_of_months(months: Sequence[Month], least_cents: int) -> Draft:
    """
    Decide what becomes of what a household's months add and take back.

    Below `least_cents` nothing is billed, and its months stay (no titre under 15 €, art. D1611-1
    CGCT); what is taken back is credited all the same, since it is the family's. What has no price
    yet stays to be billed until it has one.
    """
    lines = [line for month in months for line in month.added]
    unpriced = {line.month for line in lines if is_unpriced(line)}
    priced = tuple(line for line in lines if not is_unpriced(line)) if unpriced else tuple(lines)
    credited = tuple(_units_worth_crediting(month.taken for month in months))
    cents = sum(line.cents for line in priced)
    carried = 0 < cents < least_cents
    kept = frozenset(unpriced | ({line.month for line in priced} if carried else set()))
    return Draft(
        added=priced,
        taken=credited,
        added_cents=cents,
        taken_cents=sum(back.cents for back in credited),
        is_carried=carried,
        kept=kept,
        done=frozenset(month.month for month in months) - kept,
        corrects=any(month.was_billed and (month.added or month.taken) for month in months),
        unpriced=bool(unpriced),
    )


def changes_of_month(month: str, billed: Sequence[IssuedLine], desired: Sequence[Line]) -> Month:
    """
    Compare what a month costs with what was billed of it.

    Units that an agent has credited by hand are neither billed again nor taken back twice, at
    another price neither.
    """
    if not billed:
        return Month(month, desired)
    issued = {(line.invoice_id, line.seq): line for line in billed}
    taken, added = corrections_of_month(
        [_line_before_hand_credit(line) for line in billed], desired
    )
    added = list(_leave_out_hand_credits(added, taken))
    days: defaultdict[str, set[int]] = defaultdict(set)
    for line in desired:
        days[line.price].update(line.days)
    back = [
        take_back_units(
            issued[line.invoice_id, line.seq], quantity - line.by_hand, days[line.price]
        )
        for line, quantity in taken
        if quantity > line.by_hand
    ]
    return Month(month, added, back, was_billed=True)


def _line_before_hand_credit(line: IssuedLine) -> IssuedLine:
    """Return a line as if what an agent credited of it were still billed."""
    if not line.by_hand:
        return line
    whole = copy(line)
    whole.quantity += line.by_hand
    whole.cents = line.cents_of_units(whole.quantity)
    return whole


def _leave_out_hand_credits(
    added: Sequence[Line], taken: Iterable[tuple[IssuedLine, int]]
) -> Sequence[Line]:
    """Leave out, of what a new price adds, the units that an agent credited at the former one."""
    credited: defaultdict[tuple[str | None, str, str], int] = defaultdict(int)
    for line, quantity in taken:
        credited[line.child_id, line.tariff, line.part] += min(quantity, line.by_hand)
    left: list[Line] = []
    for more in added:
        place = more.child_id, more.tariff, more.part
        gone = min(credited[place], more.quantity)
        credited[place] -= gone
        if gone < more.quantity:
            left.append(_with_quantity(more, more.quantity - gone) if gone else more)
    return left


def _with_quantity(line: Line, quantity: int) -> Line:
    return replace(line, quantity=quantity, cents=line.cents_of_units(quantity))


def is_unpriced(line: Line) -> bool:
    """Return whether the provider has published no price for what a line counts."""
    return bool(line.reason.get("code") == NO_PRICE)


def take_back_units(line: IssuedLine, quantity: int, still_due: Collection[int] = ()) -> Taken:
    """
    Return a number of units of a line as taken back, so that the rest comes to its price.

    `still_due` are days that still count at this price: other days are taken first, where there are
    any.
    """
    left = line.cents_of_units(line.quantity - quantity)
    gone = tuple(day for day in line.days if day not in still_due)
    return Taken(line, quantity, max(0, line.cents - left), gone or line.days)


def credit_note_line(taken: Taken) -> IssuedLine:
    """Return a line of a credit note as a page shows it: negative, about the days that are gone."""
    line = copy(taken.line)
    line.quantity, line.cents, line.days = -taken.quantity, -taken.cents, taken.days
    return line


def group_by_bill(taken: Iterable[Taken]) -> Mapping[str, Sequence[Taken]]:
    """Return taken-back units by their bill, lines in the order of the bill."""
    ordered = sorted(taken, key=lambda back: (back.line.invoice_id, back.line.seq))
    return {
        invoice_id: tuple(group)
        for invoice_id, group in groupby(ordered, key=lambda back: back.line.invoice_id)
    }


def _units_worth_crediting(months: Iterable[Sequence[Taken]]) -> Iterable[Taken]:
    """Yield what is taken back from bills to which a credit note gives more than 0 cents."""
    for group in group_by_bill(back for month in months for back in month).values():
        if sum(back.cents for back in group) > 0:
            yield from group
