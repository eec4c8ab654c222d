"""The drafts of some households, from what the database holds; one that fails fails alone."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from services.billing.bills.rules.draft import (
    Draft,
    changes_of_month,
    credit_note_line,
    draft_of_months,
)
from services.billing.payers.queries.record_holds import households_on_hold_among
from services.billing.pricing.rules.inputs_and_lines import Line
from services.billing.pricing.rules.month_lines import lines_of_month
from services.billing.pricing.rules.residence_classes import Residences
from services.billing.pricing.rules.tariff import Tariff
from services.billing.quantities.queries.tariffs import (
    current_residence_classes,
    current_tariffs_of_provider,
)
from services.billing.runs.queries import pricing_inputs
from services.billing.runs.queries.pricing_inputs import Context
from shared.contracts.billing.regie.runs import FAULT, FILE_HELD, IMPLAUSIBLE
from shared.register import Provider, Regie
from shared.runtime.logs import log_error

Prices = tuple[Sequence[Tariff], Residences]

MOST_CENTS = 100_000_000
"""A million euros: no family owes that for a month, and no column overflows below it."""


class ImplausibleBill(Exception):
    """A draft so large that a count or a price must be wrong."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Scope of a run: a régie's months up to `until`; `on` dates address blocks."""

    provider: Provider
    regie: Regie
    until: str
    on: date


@dataclass(slots=True)
class Drafted:
    """
    Some households as they would be billed now.

    `errors` holds by household why it has no draft, one of RUN_ERRORS: never the text of what was
    raised, which may hold what was computed with.
    """

    contexts: dict[str, Context] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def keeping_errors_by_household(self, household_id: str) -> Iterator[None]:
        """Let one household fail alone; the database's own errors concern all of them."""
        try:
            yield
        except SQLAlchemyError:
            raise
        except ImplausibleBill:
            self.errors[household_id] = IMPLAUSIBLE
        except Exception as error:
            log_error("household_not_priced", error, household_id=household_id)
            self.errors[household_id] = FAULT


def drafts_of_households(session: Session, scope: Scope, household_ids: Collection[str]) -> Drafted:
    """
    Price what these households have to be billed, and compare it with what was billed.

    One whose dossier an agent holds is left out, and listed (rules' test 10).
    """
    prices = _tariffs_and_residences(session, scope)
    on_hold = households_on_hold_among(session, household_ids)
    drafted = Drafted(errors=dict.fromkeys(on_hold, FILE_HELD))
    free = [household_id for household_id in household_ids if household_id not in on_hold]
    for contexts in _pricing_contexts(session, scope, free, drafted):
        drafted.contexts.update(contexts)
    for household_id, household in drafted.contexts.items():
        with drafted.keeping_errors_by_household(household_id):
            drafted.drafts[household_id] = _draft_of_household(
                household, prices, scope.regie.least_cents
            )
    return drafted


def _pricing_contexts(
    session: Session, scope: Scope, household_ids: Collection[str], drafted: Drafted
) -> Iterator[Mapping[str, Context]]:
    """Give contexts by household; where they cannot be read together, one by one."""
    where = scope.provider.code, scope.regie.code
    try:
        yield pricing_inputs.load_pricing_contexts(
            session, *where, household_ids, scope.until, scope.on
        )
    except SQLAlchemyError:
        raise
    except Exception:
        for household_id in household_ids:
            with drafted.keeping_errors_by_household(household_id):
                yield pricing_inputs.load_pricing_contexts(
                    session, *where, [household_id], scope.until, scope.on
                )


def _tariffs_and_residences(session: Session, scope: Scope) -> Prices:
    provider, activities = scope.provider.code, scope.regie.activities
    tariffs = [
        tariff
        for tariff in current_tariffs_of_provider(session, provider)
        if tariff.activity in activities
    ]
    return tariffs, current_residence_classes(session, provider)


def _draft_of_household(household: Context, prices: Prices, least_cents: int) -> Draft:
    months = []
    for month, counts in sorted(household.months.items()):
        desired = lines_of_month(month, household.payer, *counts, *prices)
        months.append(changes_of_month(month, household.billed.get(month, ()), desired))
    draft = draft_of_months(months, least_cents)
    if draft.added_cents > MOST_CENTS:
        raise ImplausibleBill
    return draft


def draft_lines_of(session: Session, scope: Scope, household_id: str) -> Sequence[Line]:
    """
    Return the lines that a household's bills would have now; what is taken back is negative.

    Also those of months that are only carried forward.
    """
    drafted = drafts_of_households(session, scope, [household_id])
    draft = drafted.drafts.get(household_id)
    if draft is None:
        return ()
    return [*draft.added, *(credit_note_line(taken) for taken in draft.taken)]
