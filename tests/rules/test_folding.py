"""The one folding of every search: what a name answers to, however it is typed; pure."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text import folded, lowercase_unaccented, nearly_matches, searchable_text

ROOT = Path(__file__).resolve().parents[2]
TYPED = [
    ("Lebœuf", ["Lebœuf", "LEBŒUF", "leboeuf", "leb"]),
    ("D’Alençon", ["D’Alençon", "d'alencon", "D Alencon", "dalencon", "alençon"]),
    ("Le Goff", ["Le Goff", "LE-GOFF", "legoff", "goff"]),
    ("N’Diaye", ["N’Diaye", "n'diaye", "ndiaye", "N Diaye", "diaye"]),
    ("Lefèvre", ["lefevre", "LEFÈVRE", "Lefèvre"]),
    ("Jean-Paul de la Cour", ["jean paul", "jeanpaul", "delacour", "lacour", "De La Cour"]),
    ("Læticia Weiß", ["laeticia", "weiss", "WEISS", "Weiß"]),
    ("Иван Петров", ["иван", "ПЕТРОВ"]),
]


def finds(query: str, name: str) -> bool:
    return all(f" {word}" in searchable_text(name) for word in folded(query).split())


@pytest.mark.parametrize(
    ("name", "typed"), [(name, typed) for name, all_typed in TYPED for typed in all_typed]
)
def test_a_name_is_found_however_it_is_typed(name: str, typed: str) -> None:
    assert finds(typed, name)


def test_two_people_are_not_one_name() -> None:
    assert searchable_text("Anne Le Goff et Paul Roy") == " anne le goff et paul roy legoff"


def test_names_of_another_script_are_not_all_alike() -> None:
    assert folded("Иван") != folded("Пётр") != ""
    assert folded("…") == "" and folded("™²") == "tm2"


@given(name=st.text(max_size=40))
def test_a_name_answers_to_itself_and_folding_twice_changes_nothing(name: str) -> None:
    assert finds(name, name)
    assert folded(folded(name)) == folded(name)
    assert lowercase_unaccented(lowercase_unaccented(name)) == lowercase_unaccented(name)


@given(name=st.text(st.characters(codec="cp1252", categories=["L"]), min_size=1, max_size=20))
def test_capitals_make_no_difference(name: str) -> None:
    assert folded(name.upper()) == folded(name.lower()) == folded(name)


@pytest.mark.parametrize("typed", ["lefvre", "lefevvre", "lefebre", "lefvere", "leffevre manon"])
def test_one_letter_wrong_missing_or_too_many_is_forgiven(typed: str) -> None:
    assert nearly_matches(folded(typed).split(), searchable_text("Manon Lefèvre"))


@pytest.mark.parametrize("typed", ["lfvre", "lefvre lea", "mano lefvr 2018", "nanon", "lisa"])
def test_two_letters_or_one_of_a_short_word_are_not(typed: str) -> None:
    known = (
        searchable_text("Manon Lefèvre Lina")
        if typed == "lisa"
        else searchable_text("Marion Lefèvre")
    )

    assert not nearly_matches(folded(typed).split(), known)


KEEPS_ITS_OWN = {
    "services/identity/accounts/rules/account_kinds.py",  # logins: NFKC, accents count
    "services/identity/accounts/rules/passwords.py",
    "shared/text/folding.py",
}


def test_no_other_place_folds_accents_in_a_way_of_its_own() -> None:
    found = {
        str(path.relative_to(ROOT))
        for folder in ("services", "shared", "deploy")
        for path in (ROOT / folder).rglob("*.py")
        if "unicodedata" in path.read_text("utf-8")
    }
    assert found == KEEPS_ITS_OWN


@pytest.mark.parametrize("names", [" D'Arc  2-bis", "LE_GOFF/o", "a\tb\nc.", "--", "", "3e étage"])
def test_words_of_plain_letters_are_folded_as_beside_a_letter_of_another_script(names: str) -> None:
    assert folded(f"{names} ع") == f"{folded(names)} ع".strip()
