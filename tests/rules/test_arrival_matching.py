"""Matching of an arriving family: known beyond doubt, in doubt, or new; pure."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.dossier.registrations.imports.rules.child_matching import (
    Candidate,
    Doubt,
    Known,
    match_children,
)
from shared.text.child_likeness import Named

BORN = date(2019, 3, 2)
MANON = Named("Manon", "Lefèvre", BORN)
CLAIRE, KARIM = "Claire Lefèvre", "Karim Lefèvre"


def candidate(
    named: Named = MANON, score: int = 100, child_id: str = "m", **homes: frozenset[str]
) -> Candidate:
    """Return a known child for whom both parents answer, in one home unless said otherwise."""
    together = homes or {"h": frozenset({"c", "k"})}
    return Candidate(child_id, named, score, {"c": CLAIRE, "k": KARIM}, together)


def asked(
    *found: Candidate,
    named: Named = MANON,
    adults: dict[str, str] | None = None,
    decided: dict[str, str | None] | None = None,
) -> Known | list[Doubt]:
    said = {"R1": CLAIRE} if adults is None else adults
    return match_children({"E1": named}, said, {"E1": found}, decided or {})


def doubts(*found: Candidate, **more: object) -> list[tuple[str, int]]:
    answer = asked(*found, **more)  # type: ignore[arg-type]
    assert isinstance(answer, list)
    return [(each.candidate.child_id, each.candidate.score) for each in answer]


def test_a_family_that_is_like_nobody_is_new() -> None:
    assert asked() == Known()


def test_the_same_names_birth_date_and_every_adult_in_one_home_are_known_beyond_doubt() -> None:
    both = {"R1": "CLAIRE LEFEVRE", "R2": KARIM}

    assert asked(candidate(), adults=both) == Known({"E1": "m"}, {"R1": "c", "R2": "k"}, "h")


def test_an_adult_whom_the_dossier_does_not_know_leaves_a_doubt_whatever_the_score() -> None:
    assert doubts(candidate(), adults={"R1": CLAIRE, "R2": "Paul Moreau"}) == [("m", 100)]
    assert doubts(candidate(), adults={"R1": "Paul Moreau"}) == [("m", 100)]


def test_a_slip_of_the_pen_leaves_a_doubt_even_where_the_parents_are_the_same() -> None:
    assert doubts(candidate(score=96), named=Named("Manon", "Lefebvre", BORN)) == [("m", 96)]


def test_a_last_name_that_holds_the_other_is_no_certainty() -> None:
    assert doubts(candidate(), named=Named("Manon", "Lefèvre Martin", BORN)) == [("m", 100)]


def test_two_who_could_be_it_leave_a_doubt_the_likeliest_first() -> None:
    found = doubts(candidate(score=90, child_id="n"), candidate())

    assert found == [("m", 100), ("n", 90)]


def test_parents_who_live_apart_leave_a_doubt() -> None:
    apart = candidate(hers=frozenset({"c"}), his=frozenset({"k"}))

    assert doubts(apart, adults={"R1": CLAIRE, "R2": KARIM}) == [("m", 100)]
    assert asked(apart, adults={"R1": CLAIRE}) == Known({"E1": "m"}, {"R1": "c"}, "hers")


def test_two_adults_of_one_name_are_nobody() -> None:
    twice = Candidate("m", MANON, 100, {"c": CLAIRE, "d": CLAIRE}, {"h": frozenset({"c", "d"})})

    assert doubts(twice) == [("m", 100)]


def test_somebody_who_has_looked_decides_which_child_it_is_or_that_it_is_another() -> None:
    near = candidate(score=82)

    assert asked(near, decided={"E1": None}) == Known()
    same = asked(near, adults={"R9": "Paul Moreau"}, decided={"E1": "m"})
    assert same == Known({"E1": "m"}, {}, None)


def test_a_sibling_who_is_new_joins_the_home_of_the_one_who_is_known() -> None:
    children = {"E1": MANON, "E2": Named("Lou", "Lefèvre", date(2021, 5, 4))}

    answer = match_children(children, {"R1": CLAIRE}, {"E1": [candidate()]}, {})

    assert answer == Known({"E1": "m"}, {"R1": "c"}, "h")


def test_one_child_in_doubt_keeps_the_whole_family_aside() -> None:
    lou = Named("Lou", "Lefèvre", date(2021, 5, 4))
    near = candidate(Named("Lou", "Lefevbre", date(2021, 5, 4)), 91, "l")

    answer = match_children(
        {"E1": MANON, "E2": lou}, {"R1": CLAIRE}, {"E1": [candidate()], "E2": [near]}, {}
    )

    assert isinstance(answer, list) and [each.child for each in answer] == ["E2"]


@given(
    score=st.integers(1, 99),
    first=st.sampled_from(["Manon", "Manno", "Ninon"]),
    adults=st.sampled_from([{}, {"R1": CLAIRE}, {"R1": CLAIRE, "R2": KARIM}]),
)
def test_nothing_but_the_very_names_is_ever_merged_by_itself(
    score: int, first: str, adults: dict[str, str]
) -> None:
    one = Named(first, "Lefèvre", BORN)
    other = candidate(Named("Manon", "Lefevre", date(2019, 2, 3)), score)

    assert isinstance(asked(other, named=one, adults=adults), list)
