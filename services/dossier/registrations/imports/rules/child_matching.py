"""
Matching of an imported family's children: known beyond doubt, in doubt, or new.

Pure. Beyond doubt is: the same names, the same birth date, and every adult of the row answers for
that child, in one home. Anything less is for an agent to decide, whatever the score.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.dossier.sections.rules.projections import Content
from shared.text import folded
from shared.text.child_likeness import Named


@dataclass(frozen=True)
class Candidate:
    """
    A known child that the arriving one could be, with its `score` of 100.

    `guardians` are the names of who answers for it by id; `homes` who of them lives in which.
    """

    child_id: str
    named: Named
    score: int
    guardians: Mapping[str, str]
    homes: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Known:
    """
    Known members of the imported family: children and guardians by reference, and the home.

    Guardians that are not named are new; so is the home where `household` is None.
    """

    children: Mapping[str, str] = field(default_factory=dict)
    guardians: Mapping[str, str] = field(default_factory=dict)
    household: str | None = None


@dataclass(frozen=True)
class Doubt:
    """One known child that a child of the family could be."""

    child: str
    candidate: Candidate


def match_children(
    children: Mapping[str, Named],
    adults: Mapping[str, str],
    candidates: Mapping[str, Sequence[Candidate]],
    decided: Mapping[str, str | None],
) -> Known | list[Doubt]:
    """
    Return whom a family is, or the doubts that somebody has to decide first, the likeliest first.

    `children` and `adults` are names by reference, `candidates` the likeliest first by child,
    `decided` what somebody has said of a child: which one it is, or (None) another than all.
    """
    chosen: dict[str, Candidate] = {}
    doubts: list[Doubt] = []
    for child, named in children.items():
        found = candidates.get(child, ())
        if child in decided:
            for each in found:
                if each.child_id == decided[child]:
                    chosen[child] = each
        elif len(found) == 1 and _is_beyond_doubt(named, adults, found[0]):
            chosen[child] = found[0]
        else:
            doubts += [Doubt(child, each) for each in found]
    if doubts:
        return sorted(doubts, key=lambda each: (-each.candidate.score, each.child))
    return _make_known_family(adults, chosen)


def _is_beyond_doubt(named: Named, adults: Mapping[str, str], candidate: Candidate) -> bool:
    alike = (candidate.named.first_name, candidate.named.last_name, candidate.named.birth_date)
    same = (folded(named.first_name), folded(named.last_name), named.birth_date)
    if same != (folded(alike[0]), folded(alike[1]), alike[2]):
        return False
    theirs = _matching_adults(adults, candidate)
    return len(theirs) == len(adults) and _shared_home(theirs, candidate) is not None


def _make_known_family(adults: Mapping[str, str], chosen: Mapping[str, Candidate]) -> Known:
    guardians: dict[str, str] = {}
    household = None
    for candidate in chosen.values():
        theirs = _matching_adults(adults, candidate)
        guardians |= theirs
        household = household or _shared_home(theirs, candidate)
    children = {child: candidate.child_id for child, candidate in chosen.items()}
    return Known(children, guardians, household)


def _matching_adults(adults: Mapping[str, str], candidate: Candidate) -> dict[str, str]:
    """Return by reference the adults who answer for a known child; two of one name are nobody."""
    names = [folded(name) for name in candidate.guardians.values()]
    ids = {folded(name): subject for subject, name in candidate.guardians.items()}
    said = [folded(name) for name in adults.values()]
    return {
        reference: ids[folded(name)]
        for reference, name in adults.items()
        if names.count(folded(name)) == 1 and said.count(folded(name)) == 1
    }


def _shared_home(adults: Mapping[str, str], candidate: Candidate) -> str | None:
    """Return the home in which all of these adults live with the child, None for none."""
    if not adults:
        return None
    together = set(adults.values())
    homes = (home for home, living in candidate.homes.items() if together <= living)
    return min(homes, default=None)


def child_names_from_identity(identity: Content) -> Named:
    """Return a child as its row names it."""
    born = date.fromisoformat(identity["birth_date"])
    return Named(identity["first_name"], identity["last_name"], born)


def names_and_birth_date_key(named: Named) -> tuple[object, ...]:
    """Return by what two are the same child: accents, capitals and hyphens make no difference."""
    return folded(named.first_name), folded(named.last_name), named.birth_date


@dataclass(frozen=True)
class Disputed:
    """Numbers that stand for others here, as mistakes by kind; children who may be the same."""

    errors: Mapping[str, object]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True)
class Considered:
    """Outcome of a family's row; `known` are its known members, if there is no obstacle."""

    reference: str
    outcome: str
    why: str = ""
    errors: Mapping[str, object] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    known: Known = field(default_factory=Known)
    digest: str = ""
