"""A school and its class are corrected to one of the town's, or to one that is said to be none."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from services.portal_gateway.front_desk.service import FrontDeskService
from shared.contracts.dossier import corrections
from shared.contracts.dossier.families import household_adults
from shared.contracts.enrolment.school_year.schools import school_published
from shared.contracts.errors import NotFound
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories.enrolment import words
from tests.factories.front_desk.counter import HOUSEHOLD, Counter, asked_of
from tests.factories.travelling import handled

MANON = new_id()
PAGE = f"/dossiers/{HOUSEHOLD}/corriger/{MANON}/ecole"
ADULTS = f"/dossiers/{HOUSEHOLD}/adultes"
GINETTE = {
    "who": "new", "name": "Ginette Lefèvre", "children": MANON, "authority": "yes",
    "lives_here": "no", "reason": "ruling", "paper": "judgment", "paper_date": "2026-09-02",
    "sure": "yes",
}  # fmt: skip
YEAR = "2026-2027"
CHILD = {
    "first_name": "Manon", "last_name": "Lefèvre", "birth_date": date(2018, 5, 3),
    "identity_version": 1, "school": "jules ferry", "grade": "CE2", "class_name": "CE2 A",
    "schooling_version": 4, "guardians": [], "homes": [], "other_homes": [], "weeks": None,
    "corrections": [],
}  # fmt: skip
SEEN = {
    "grade": "CM1", "class_name": "", "reason": "change", "paper": "school_certificate",
    "paper_date": "2026-09-02", "holds_from": "2026-11-02", "sure": "yes", "version": "4",
}  # fmt: skip


@pytest.fixture
def desk(counter: Counter) -> Counter:
    """Give a front desk that knows two schools, and an agent who corrects."""
    counter.callees.answers("dossier", corrections.open_for_correction, lambda _request: CHILD)
    done = {"correction_id": new_id(), "applied": True}
    counter.callees.answers("dossier", corrections.correct_schooling, lambda _request: done)
    for name, classes in (("École Jules-Ferry", ("CE2 A", "CM1 B")), ("École Simone-Veil", ())):
        content = {
            "name": name, "commune": "Démonstration", "levels": ["CE2", "CM1"],
            "classes": [
                {"school_year": YEAR, "name": each, "levels": [each[:3]]} for each in classes
            ],
        }  # fmt: skip
        told = {"school_id": new_id(), "version": 1, "content": content}
        handled(FrontDeskService(), school_published, "enrolment_ens", **told)
    counter.signs_in("dossiers")
    return counter


def corrects(desk: Counter, **typed: str) -> Any:
    return desk.desk.sends(PAGE, at=PAGE, **SEEN | typed)


def test_the_form_shows_the_school_that_is_written_however_it_is_spelled(desk: Counter) -> None:
    page = desk.desk.client.get(PAGE).text
    assert "<option selected>École Jules-Ferry</option>" in page
    assert "<option selected>CE2 A</option>" in page and "École Simone-Veil" in page
    assert ">jules ferry, CE2 A<" in desk.desk.client.get(PAGE.removesuffix("/ecole")).text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (
            {"school": "École Jules-Ferry", "class_name": "cm1 b"},
            ("École Jules-Ferry", "CM1", "CM1 B"),
        ),
        ({"school": "École Simone-Veil"}, ("École Simone-Veil", "CM1", "")),
        (
            {"school": "other", "school_other": "Notre-Dame, Ailleurs"},
            ("Notre-Dame, Ailleurs", "CM1", ""),
        ),
        ({"school": "other", "school_other": "simone veil"}, ("École Simone-Veil", "CM1", "")),
    ],
    ids=[
        "a class as it is spelled there",
        "no class yet",
        "a private school",
        "typed though listed",
    ],
)
def test_a_school_is_corrected_to_one_of_the_list_or_to_another(
    desk: Counter, typed: dict[str, str], kept: tuple[str, str, str]
) -> None:
    assert corrects(desk, **typed).status_code == 303

    request = asked_of(desk, "correct_schooling")
    assert (request.school, request.grade, request.class_name) == kept
    assert request.holds_from == date(2026, 11, 2) and request.base_version == 4


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"school": "École inventée"}, "Choisissez une école de la liste."),
        ({"school": "other"}, "Écrivez le nom de l’école et sa commune."),
        (
            {"school": "École Jules-Ferry", "class_name": "CP C"},
            "Ses classes : CE2 A, CM1 B.",
        ),
        (
            {"school": "École Simone-Veil", "class_name": "CM1 B"},
            "Ses classes : aucune pour le moment.",
        ),
        (
            {"school": "other", "school_other": "Notre-Dame", "class_name": "CM1 B"},
            "Laissez vide : cette école n’est pas de la ville.",
        ),
        ({"school": ""}, "À remplir."),
    ],
    ids=[
        "an invented school",
        "another one without a name",
        "a class that is not there",
        "the class of another school",
        "a class outside the town",
        "no school",
    ],
)
def test_what_is_not_there_is_said_in_a_sentence_and_nothing_is_corrected(
    desk: Counter, typed: dict[str, str], sentence: str
) -> None:
    answer = corrects(desk, **typed)

    assert answer.status_code == 422
    assert sentence in answer.text.replace("\u00a0", " ").replace("\u202f", " ")
    assert desk.callees.count(corrections.correct_schooling) == 0


def test_mistakes_are_listed_as_their_fields_stand_on_the_page(desk: Counter) -> None:
    seen = {"reason": "", "holds_from": "", "paper": "", "paper_date": "", "sure": ""}
    answer = corrects(desk, school="École Jules-Ferry", **seen)

    listed = re.findall(r'<li><a href="#(\w+)"', answer.text)
    assert listed == ["reason", "holds_from", "paper", "paper_date", "sure"]


def test_a_class_that_was_written_before_stays_where_only_the_level_is_corrected(
    desk: Counter,
) -> None:
    old = CHILD | {"school": "École Jules-Ferry", "class_name": "CE2, Mme Aubin"}
    desk.callees.answers("dossier", corrections.open_for_correction, lambda _request: old)

    sent = corrects(desk, school="École Jules-Ferry", class_name="CE2, Mme Aubin")

    assert sent.status_code == 303
    assert asked_of(desk, "correct_schooling").class_name == "CE2, Mme Aubin"


@pytest.mark.parametrize("at", ["relire", "reprendre"])
def test_what_a_colleague_has_seen_to_since_the_page_was_read_is_said_in_words(
    desk: Counter, at: str
) -> None:
    for method in (corrections.second_correction, corrections.withdraw_correction):
        desk.callees.answers("dossier", method, NotFound())
    of_child = PAGE.removesuffix("/ecole")

    answer = desk.desk.sends(f"{of_child}/{new_id()}/{at}", at=of_child, sure="yes")

    assert answer.status_code == 303
    words = {"relire": "a déjà relu cette pièce", "reprendre": "vaut déjà"}
    assert words[at] in desk.desk.sees(of_child)


# An adult who comes


@pytest.mark.parametrize(
    ("typed", "days", "said", "unsaid"),
    [
        ({}, 0, "cherchez son nom", "Ce jour-là"),
        ({"authority": "no"}, 0, "C’est noté", "remettre un accès."),
        ({}, 7, "Ce jour-là, cette personne aura un foyer", "Cette personne a"),
        ({"lives_here": "yes"}, 0, "C’est noté", "remettre un accès."),
    ],
    ids=["at-once", "without-authority", "later", "who-lives-here"],
)
def test_a_newcomer_elsewhere_is_to_be_searched_for_once_a_search_finds_them(
    desk: Counter, typed: dict[str, str], days: int, said: str, unsaid: str
) -> None:
    child = {"child_id": MANON, "first_name": "Manon", "last_name": "Lefèvre"}
    home = {"adults": [], "children": [child], "changes": []}
    desk.callees.answers("dossier", household_adults.household_adults, lambda _request: home)
    desk.callees.answers("dossier", household_adults.find_adults, lambda _request: {"found": []})
    desk.callees.answers("dossier", household_adults.add_guardian, lambda _request: {})

    first = {"holds_from": (today() + timedelta(days=days)).isoformat()}
    sent = desk.desk.sends(f"{ADULTS}/arrivee", at=f"{ADULTS}/arrivee", **GINETTE | first | typed)

    assert sent.status_code == 303
    page = words(desk.desk.sees(ADULTS))
    assert said in page and unsaid not in page
