"""A file that is no town, or no YAML, is refused in words that say what was slipped."""

from pathlib import Path

import pytest

from deploy.register.town_file.town import TownRefused, read_town
from tests.factories.town_files import AUBEVAL, TEXT, line_of, problems_of, spoilt


@pytest.mark.parametrize("text", ["", "\n\n", "# a comment\n", "---\n"])
def test_an_empty_file_is_refused(text: str, tmp_path: Path) -> None:
    (problem,) = problems_of(text, tmp_path)

    assert problem in ("1: this file is empty", "1: this file holds nothing but comments")


@pytest.mark.parametrize("text", ["[1, 2]", "town", "42", "- a\n- b\n"])
def test_a_file_of_another_shape_is_refused(text: str, tmp_path: Path) -> None:
    assert problems_of(text, tmp_path) == ["1: the town file must be a block of keys and values"]


def test_a_tab_is_named(tmp_path: Path) -> None:
    text = spoilt(AUBEVAL, "\t" + AUBEVAL)

    assert problems_of(text, tmp_path) == [
        f"{line_of(AUBEVAL.strip(), text)}: a tab: YAML is indented with spaces"
    ]


def test_a_syntax_error_has_its_line(tmp_path: Path) -> None:
    text = spoilt(AUBEVAL, AUBEVAL.replace("}", ""))

    (problem,) = problems_of(text, tmp_path)

    assert "this is not YAML" in problem
    assert abs(int(problem.split(":")[0]) - line_of("name: Aubeval")) <= 1


SLIPS = {
    "quotes of a word processor": ("name: “Aubeval”", "quotes of a word processor"),
    "with a colon in them": ("name: “Aubeval: la ville”", "quotes of a word processor"),
    "a colon": ("name: Aubeval: la ville", "a text that holds a colon stands in quotes"),
    "a colon as French has it": ("name: Aubeval : la ville", "a text that holds a colon"),
    "a mark within": ("\ufeffname: Aubeval", "an invisible mark (BOM)"),
    "an apostrophe": ("name: 'L'Aubeval'", "write ’ for an apostrophe"),
    "a sign": ("name: @Aubeval", "begins with a sign"),
    "no space": ("name:Aubeval", "a space belongs behind the colon"),
    "an equals sign": ("name = Aubeval", "a key is followed by a colon and a space"),
    "a quote without its end": ('name: "Aubeval', "a quote is opened and not closed"),
    "a bracket without its end": ("name: [Aubeval", "a bracket [ or { is opened and not closed"),
    "an indented key": ("   name: Aubeval", "compare how far they are indented"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_of_who_writes_yaml_is_said_in_words_on_its_line(slip: str, tmp_path: Path) -> None:
    """The parser’s own words stand where it lost the thread, and name « block mappings »."""
    written, words = SLIPS[slip]
    lines = TEXT.split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("name: "))
    lines[at] = written

    (problem,) = problems_of("\n".join(lines), tmp_path)

    assert problem.startswith(f"{at + 1}: "), problem
    assert words in problem


INNOCENT = {
    "a comment with a colon": ["name: Aubeval  # NB: la mairie"],
    "a comment with quotes": ["name: Aubeval  # dite : “la Verte”"],
    "a comment with one quote": ['name: Aubeval  # l’enseigne de 12"'],
    "a text with colons": ["name: |", "  Accueil: lundi: matin"],
    "a folded text with a quote": ["name: >-  # en deux lignes", '  Dite "la Verte', "  ou = rien"],
}


@pytest.mark.parametrize("above", INNOCENT)
def test_a_right_line_does_not_take_the_blame_of_the_next(above: str, tmp_path: Path) -> None:
    lines = TEXT.split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("name: "))
    lines[at : at + 1] = [*INNOCENT[above], " help_phone: 01"]
    wrong = at + len(INNOCENT[above]) + 1

    (problem,) = problems_of("\n".join(lines), tmp_path)

    assert problem.startswith(f"{wrong}: "), problem
    assert "compare how far they are indented" in problem


@pytest.mark.parametrize(
    ("written", "words"),
    [("– code", "begins with a plain hyphen"), ("-\u00a0code", "a non-breaking space")],
    ids=["a dash", "a space"],
)
def test_dash_and_space_of_a_word_processor_begin_no_item(
    written: str, words: str, tmp_path: Path
) -> None:
    lines = TEXT.split("\n")
    at = next(n for n, line in enumerate(lines) if line.lstrip().startswith("- code: "))
    lines[at] = lines[at].replace("- code", written)

    (problem,) = problems_of("\n".join(lines), tmp_path)

    assert problem.startswith(f"{at + 1}: ")
    assert words in problem


@pytest.mark.parametrize(
    "raw",
    [
        b"name: \xff\xfe\n",
        b"name: \x00\n",
        b"[" * 100_000,
        b"a: &a [*a, *a]\n",
        b"a: &a [" + b"1," * 99 + b"]\nb: &b [" + b"*a," * 99 + b"]\nc: [" + b"*b," * 999 + b"]\n",
        b"a: *unknown\n",
        b"a: 1\n---\nb: 2\n",
        b"? [a, b]\n: 1\n",
        b"!!python/object/apply:os.system ['true']\n",
        b"x" * 1_000_001,
    ],
)
def test_bytes_that_mean_harm_are_refused_and_nothing_else_happens(
    raw: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "town.yaml"
    file.write_bytes(raw)

    with pytest.raises(TownRefused) as refused:
        read_town(file)

    assert all(problem.startswith(f"{file}:") for problem in refused.value.problems)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(TownRefused, match="cannot be read"):
        read_town(tmp_path / "nowhere.yaml")
    with pytest.raises(TownRefused, match="cannot be read"):
        read_town(tmp_path)
