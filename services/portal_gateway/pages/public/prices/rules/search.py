"""Finding a price by what one calls the activity, of a provider, a kind, for an age. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.portal_gateway.enrolment.rules.search_words import SAID, best_matches
from services.portal_gateway.enrolment.rules.stored_offers import StoredGroup
from shared.text import folded


@dataclass(frozen=True)
class Entry:
    """One tariff that can be found; `words` are folded. `groups` are those that are on offer."""

    provider: str
    tariff: str
    kind: str
    words: tuple[str, ...]
    groups: Sequence[StoredGroup] = ()

    @staticmethod
    def make_entry(
        provider: str,
        tariff: str,
        kind: str,
        texts: Iterable[str],
        groups: Sequence[StoredGroup] = (),
    ) -> "Entry":
        """Return an entry that answers to these texts and to what its kind is called."""
        words = folded(" ".join([*texts, SAID.get(kind, "")])).split()
        return Entry(provider, tariff, kind, tuple(dict.fromkeys(words)), groups)


@dataclass(frozen=True)
class SearchResult:
    """Entries found, the best first; `exact`: without a typing mistake."""

    entries: Sequence[Entry]
    exact: bool


def find_entries(
    entries: Iterable[Entry],
    query: str = "",
    *,
    provider: str = "",
    kind: str = "",
    age: int | None = None,
    on: date,
) -> SearchResult:
    """Return the entries that answer to a query, of a provider, a kind, for an age in years."""
    kept = [
        entry
        for entry in entries
        if (not provider or entry.provider == provider)
        and (not kind or entry.kind == kind)
        and (age is None or takes_age(entry, age, on))
    ]
    entries, exact = best_matches([(entry.words, entry) for entry in kept], query)
    return SearchResult(entries, exact)


def takes_age(entry: Entry, age: int, on: date) -> bool:
    """Say whether a child of that age may come; who says no years takes all."""
    if not entry.groups:
        return True
    first, last = _birth_dates_of_age(age, on)
    return any(
        (group["born_from"] or "") <= last and first <= (group["born_to"] or "9999")
        for group in entry.groups
    )


def _birth_dates_of_age(age: int, on: date) -> tuple[str, str]:
    """Return between which days a child of that age in years was born, both included."""
    first = _years_before(on, age + 1) + timedelta(days=1)
    return first.isoformat(), _years_before(on, age).isoformat()


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
