"""A file that is no town, or no YAML, is refused in words that say what was slipped."""

from pathlib import Path

import pytest

from deploy.register.town_file.town import TownRefused, read_town
from tests.factories.town_files import AUBEVAL, TEXT, line_of, problems_of, spoilt, town_of


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
    "a colon": ("name: Aubeval: la ville", 0, "a text that holds one stands in quotes"),
    "a colon as French has it": ("name: Aubeval : la ville", 0, "a text that holds one"),
    "a colon in other quotes": ("name: “Aubeval: la ville”", 0, "in quotes, plain ones"),
    "an indented key": ("   name: Aubeval", 0, "compare how far the line is indented"),
    "a mark within": ("\ufeffname: Aubeval", 0, "type the line anew"),
    "an apostrophe": ("name: 'L'Aubeval'", 0, "write ’ for an apostrophe"),
    "a sign": ("name: @Aubeval", 0, "begins with a sign"),
    "no space": ("name:Aubeval", 0, "a key is followed by a colon and a space"),
    "an equals sign": ("name = Aubeval", 0, "a key is followed by a colon and a space"),
    "a bracket without its end": ("name: [Aubeval", 0, "a bracket [ or { is opened"),
    "a quote without its end": ('name: "Aubeval', 7, "quotes, here and above"),
    "a dash for a hyphen": ("a:\n  – b: c\n    d: e", 0, "begins with a plain hyphen"),
    "a space that does not break": ("a:\n  -\u00a0b: c\n    d: e", 0, "and a plain space"),
}
"""
Texts with a slip, the lines below it where the parser loses the thread, and the words said there.
"""


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_of_who_writes_yaml_is_said_in_words_where_it_is_seen(
    slip: str, tmp_path: Path
) -> None:
    written, below, words = SLIPS[slip]
    lines = TEXT.split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("name: "))
    lines[at : at + 1] = written.split("\n")

    (problem,) = problems_of("\n".join(lines), tmp_path)

    last = at + written.count("\n") + 1
    assert problem.startswith(f"{last + below}: "), problem
    assert words in problem


@pytest.mark.parametrize(
    "written",
    ["name: Aubeval #2", "name: Été à  #la ville", "name: {text: Aubeval #1\n  }"],
    ids=["a number", "a word", "in a block of one line"],
)
def test_what_is_cut_off_as_a_comment_is_no_part_that_went_unseen(
    written: str, tmp_path: Path
) -> None:
    """YAML reads « Cuisine #1 » as « Cuisine », and says nothing."""
    lines = TEXT.split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("name: "))
    lines[at] = written

    said = [each for each in problems_of("\n".join(lines), tmp_path) if "comment" in each]

    assert len(said) == 1
    assert said[0].startswith(f"{at + 1}: ")
    assert "what begins with # is a comment" in said[0]


HASHES = {
    "behind its space": ("name: Aubeval  # la ville, dite #1", "Aubeval"),
    "before a colon": ("name: Aubeval  # NB: la mairie", "Aubeval"),
    "before quotes": ("name: Aubeval  # dite : “la Verte”", "Aubeval"),
    "before one quote": ('name: Aubeval  # l’enseigne de 12"', "Aubeval"),
    "in quotes": ('name: "Aubeval #1"', "Aubeval #1"),
    "in a text of several lines": ("name: |-\n  Aubeval #1", "Aubeval #1"),
    "within a word": ("name: Aubeval#1", "Aubeval#1"),
    "on a line of its own": ("name: Aubeval\n#help_phone: 01", "Aubeval"),
    "behind a number": ("name: 28000 #Chartres", "28000"),
    "behind a line break of a web page": ("# la ville\u2028name: Aubeval", "Aubeval"),
}


@pytest.mark.parametrize("where", HASHES)
def test_a_hash_that_cuts_no_text_off_is_let_through(where: str, tmp_path: Path) -> None:
    written, name = HASHES[where]

    assert town_of(spoilt("\nname: Ville de Démonstration", f"\n{written}"), tmp_path).name == name


def test_quotes_of_a_word_processor_are_no_quotes(tmp_path: Path) -> None:
    lines = TEXT.split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("name: "))
    lines[at] = "name: “Aubeval”"

    (problem,) = problems_of("\n".join(lines), tmp_path)

    assert problem.startswith(f"{at + 1}: ")
    assert "quotes of a word processor" in problem


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
