"""Consents of guardians: dated words, of one parent or both, and to whom they are published."""

from datetime import date
from typing import Any

import pytest

from shared.contracts.dossier import corrections
from shared.contracts.dossier.papers import child_papers as papers
from shared.contracts.errors import NotFound, Outdated
from shared.contracts.sections.consents import ACTS, consent_state
from shared.dates.clock import today
from tests.factories import dossier as make
from tests.factories.dossier import Town, of


@pytest.fixture
def parents(town: Town) -> tuple[str, str, str]:
    """Give two parents with authority, who live together, and their child at school and judo."""
    both = [make.guardian("Ana Ruiz"), make.guardian("Luc Ruiz")]
    ids = town.arrives(make.household(make.child(both), guardians=both))
    town.sent()
    ana, luc = (str(ids.guardians[each["reference"]]) for each in both)
    (child,) = ids.children.values()
    return ana, luc, str(child)


def says(town: Town, guardian: str, child: str, act: str, given: bool) -> None:
    version = ACTS[act].version
    town.ask(
        papers.say_consent, subject=guardian, child_id=child, act=act, given=given, version=version
    )


def told(town: Town, provider: str, act: str) -> str:
    content = of(town.sent(), provider)["consents"].content
    return str(next(row["state"] for row in content["acts"] if row["act"] == act))


def shown(town: Town, guardian: str, child: str, act: str) -> dict[str, Any]:
    answer = town.ask(papers.child_consents, subject=guardian, child_id=child)
    return next(row for row in answer.consents if row["act"] == act)


def test_one_parent_is_enough_for_an_outing_and_the_coach_is_told_since_when(
    town: Town, parents: tuple[str, str, str]
) -> None:
    ana, _, child = parents

    says(town, ana, child, "outing", True)

    content = of(town.sent(), "agg")["consents"].content
    (outing,) = [row for row in content["acts"] if row["act"] == "outing"]
    assert outing == {
        "act": "outing",
        "state": "given",
        "since": today().isoformat(),
        "version": ACTS["outing"].version,
    }
    assert ana not in str(content)


def test_a_picture_takes_the_word_of_both_parents(
    town: Town, parents: tuple[str, str, str]
) -> None:
    ana, luc, child = parents

    says(town, ana, child, "image", True)
    assert told(town, "ens", "image") == "one_more"
    assert shown(town, luc, child, "image")["asks"] is True

    says(town, luc, child, "image", True)
    assert told(town, "ens", "image") == "given"


def test_one_parent_withdraws_what_the_other_allowed(
    town: Town, parents: tuple[str, str, str]
) -> None:
    ana, luc, child = parents
    says(town, ana, child, "alone", True)
    town.sent()

    says(town, luc, child, "alone", False)

    assert told(town, "agg", "alone") == "refused"
    own = shown(town, ana, child, "alone")
    assert (own["state"], own["mine"]) == ("refused", True)


def test_every_word_is_kept_and_each_guardian_reads_its_own(
    town: Town, parents: tuple[str, str, str]
) -> None:
    ana, luc, child = parents
    for given in (True, False, True):
        says(town, ana, child, "outing", given)
    says(town, luc, child, "rules", True)

    said = town.ask(papers.child_consents, subject=ana, child_id=child).said

    assert [(word["act"], word["given"]) for word in said] == [
        ("outing", True),
        ("outing", False),
        ("outing", True),
    ]


def test_the_same_word_again_changes_nothing(town: Town, parents: tuple[str, str, str]) -> None:
    ana, _, child = parents
    says(town, ana, child, "outing", True)
    town.sent()

    says(town, ana, child, "outing", True)

    assert town.sent() == []


def test_a_word_on_a_text_that_is_no_longer_the_present_one_is_not_kept(
    town: Town, parents: tuple[str, str, str]
) -> None:
    ana, _, child = parents

    with pytest.raises(Outdated):
        town.ask(
            papers.say_consent,
            subject=ana,
            child_id=child,
            act="image",
            given=True,
            version="2020-01",
        )


def test_a_stranger_says_nothing_of_a_child(
    town: Town, parents: tuple[str, str, str], claire: str
) -> None:
    with pytest.raises(NotFound):
        says(town, claire, parents[2], "outing", False)


def test_when_a_parent_answers_for_the_child_no_more_the_other_word_alone_stands(
    town: Town, parents: tuple[str, str, str]
) -> None:
    ana, luc, child = parents
    says(town, ana, child, "image", True)
    town.sent()

    town.at_desk(
        corrections.correct_authority,
        subject=town.has_desk_agent("dossiers"),
        child_id=child,
        guardian_id=luc,
        authority=False,
        paper="judgment",
        paper_date=date(2026, 1, 5),
        reason=corrections.RULING,
        holds_from=today(),
    )

    assert told(town, "ens", "image") == "given"


def test_a_no_that_was_taken_back_does_not_return_with_a_new_text() -> None:
    """A yes to last year's text is asked for again; the no before it is over."""
    word = {"act": "outing", "by": "ana", "on": "2025-09-01", "version": "2025-01"}
    took_back = [{**word, "given": False}, {**word, "given": True}]
    goes_on = [{**word, "given": True}, {**word, "given": False}]

    assert consent_state(took_back, "outing", {"ana"}).state == "unsaid"
    assert consent_state(goes_on, "outing", {"ana"}).state == "refused"
