"""A town file that is wrong is refused with every file, line and reason."""

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from deploy.applied_town import Applied
from deploy.engines.management_interface import BrokerUnreachable
from deploy.instance.instance import Instance
from deploy.provisioning.apply import apply_town_file
from deploy.register.compiler import compile_register, write_register
from deploy.register.town_file.town import TownRefused, read_town
from tests.factories.town_files import (
    CLAIRE,
    DEMO,
    ENS_CARE,
    ENS_DIET,
    JUDO,
    TEXT,
    leisure_centre,
    line_of,
    problems_of,
    spoilt,
    town_of,
)
from tests.ports import PORT_BASE

# --- Less than R1 and R2, more than allowed ---


def test_a_kitchen_without_the_diet_is_refused_with_line_and_rule(tmp_path: Path) -> None:
    found = problems_of(spoilt(ENS_DIET, ""), tmp_path)

    line = line_of("    entitlements:\n      care_core: S’occuper")
    expected = "provider ens must receive diet. R2 requires (canteen, evening_care): food is"
    assert any(problem.startswith(f"{line}: {expected}") for problem in found)


def test_no_town_can_take_away_the_care_core(tmp_path: Path) -> None:
    found = problems_of(spoilt(ENS_CARE, ""), tmp_path)

    line = line_of("    entitlements:\n      care_core")
    assert any(p.startswith(f"{line}: provider ens must receive care_core. R1") for p in found)


def test_a_sports_club_that_asks_for_allergies_is_refused_on_that_line(tmp_path: Path) -> None:
    start = TEXT.index(ENS_CARE, TEXT.index("code: agg")) + len(ENS_CARE)
    text = TEXT[:start] + "      allergies: Par prudence\n" + TEXT[start:]

    found = problems_of(text, tmp_path)

    line = line_of("      allergies: Par prudence", text)
    expected = f"{line}: provider agg may not receive allergies. R2 withholds (every activity): no"
    assert any(problem.startswith(expected) for problem in found)


def test_days_are_not_erased_before_the_bills_of_their_year_can_be_corrected(
    tmp_path: Path,
) -> None:
    kept = "activity_retention: 4 years"

    for length in ("11 months", "364 days"):
        found = problems_of(spoilt(kept, f"activity_retention: {length}"), tmp_path)
        assert f"{line_of(kept)}: the town file: activity_retention must be 1 year" in found[0]


ASKED = "      pickup: Remettre l’enfant aux personnes que vous avez désignées\n    roles:"


def test_what_a_guardian_may_have_sent_is_more_than_what_is_received_and_never_the_whole_sheet(
    tmp_path: Path,
) -> None:
    """Rule R4: never below what R1 and R2 give, and the leisure centre alone holds the sheet."""
    twice = spoilt(ASKED, "      pickup: X\n      care_core: X\n    roles:")
    whole = spoilt(ASKED, "      pickup: X\n      health_sheet: X\n    roles:")
    itself = spoilt("    on_request:\n", "      pickup: X\n    on_request:\n")

    assert any("care_core" in problem for problem in problems_of(twice, tmp_path))
    assert any("health_sheet" in problem for problem in problems_of(whole, tmp_path))
    assert any("receives pickup of itself" in problem for problem in problems_of(itself, tmp_path))
    assert "pickup" in town_of(TEXT, tmp_path).providers[1].on_request


def test_who_has_food_anyway_declares_none_on_occasion(tmp_path: Path) -> None:
    """Rule R3 is for who usually has none."""
    text = spoilt(ENS_DIET, ENS_DIET).replace(
        "    entitlements:\n", "    on_occasion: Un gâteau\n    entitlements:\n", 1
    )

    assert any("of itself" in problem for problem in problems_of(text, tmp_path))


def test_a_sports_club_that_serves_a_snack_must_know_of_allergies(tmp_path: Path) -> None:
    found = problems_of(spoilt(JUDO, JUDO.replace("}", ", tags: [snack]}")), tmp_path)

    assert sum("agg must receive" in problem for problem in found) == 2
    assert any("allergies. R2 requires (judo)" in problem for problem in found)


def test_a_projection_that_no_role_sees_helps_nobody(tmp_path: Path) -> None:
    text = TEXT.replace(", diet, allergies]", ", allergies]").replace(
        "marks_seen: [diet, ", "marks_seen: ["
    )

    assert problems_of(text, tmp_path) == [
        f"{line_of('    roles:')}: provider ens: no role sees diet"
    ]


def test_nothing_is_written_where_the_town_is_refused(tmp_path: Path) -> None:
    register, file = tmp_path / "register.json", tmp_path / "town.yaml"
    write_register(compile_register(read_town(DEMO), [], {}), register)
    before = register.read_bytes(), register.stat().st_mtime_ns, sorted(tmp_path.iterdir())

    for text in (spoilt(ENS_DIET, ""), spoilt(ENS_CARE, ""), "", "town: [", TEXT + "x: 1\n"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(TownRefused):
            write_register(compile_register(read_town(file), [], {}), register)
        file.unlink()

    assert (
        register.read_bytes(),
        register.stat().st_mtime_ns,
        sorted(tmp_path.iterdir()),
    ) == before


def test_who_forgets_to_name_the_town_file_gets_the_one_that_was_applied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied, file = Applied(Instance(tmp_path / "var")), tmp_path / "ours.yaml"
    applied.instance.prepare_folders()
    file.write_text(TEXT, encoding="utf-8")
    monkeypatch.setenv("PREAU_TOWN", str(file))
    applied.note_town_file()

    monkeypatch.delenv("PREAU_TOWN")

    assert applied.town_file == file
    applied.note_town_file()
    assert applied.town_file == file, "who names none takes nothing back"


def test_a_first_apply_that_finds_no_broker_leaves_no_way_to_the_demonstrations_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied, file = Applied(Instance(tmp_path / "var", PORT_BASE + 700)), tmp_path / "ours.yaml"
    applied.instance.prepare_folders()
    file.write_text(TEXT, encoding="utf-8")
    monkeypatch.setenv("PREAU_TOWN", str(file))
    with pytest.raises(BrokerUnreachable):
        apply_town_file(applied)

    monkeypatch.delenv("PREAU_TOWN")

    assert applied.register_in_force() is None
    assert applied.town_file == file


def test_the_file_of_another_town_is_refused_for_a_home_that_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREAU_TOWN", raising=False)
    applied = Applied(Instance(tmp_path / "var"))
    assert applied.read_town_file().code == "demo", "a new home may have any"
    register = compile_register(read_town(DEMO), [], {})
    register["town"]["code"] = "aubeval"
    write_register(register, applied.instance.register_path)

    with pytest.raises(TownRefused, match=r"of the town demo, but .* is the home of aubeval"):
        applied.read_town_file()


# --- Every other mistake ---

COACH = "label: Éducateur sportif\n        projections: [care_core"
AGG_ROLES = "    roles:\n      - code: coach"
PORK = "code: no_pork, label: Sans porc"
LEFT = "member_from: 2012-01-01, member_to"

# What is written in place of what, and what the refusal says.
MISTAKES = {
    "a diet twice": (PORK, "code: vegetarian, label: Sans porc", "code vegetarian is used on"),
    "a diet's name twice": (PORK, PORK.replace("Sans porc", "Standard"), "label Standard is used"),
    "a diet's word twice": (PORK, PORK + ", written: [Sans viande]", "names vegetarian already"),
    "a diet of no allergen": ("leaves_out: milk", "leaves_out: kiwi", "unknown allergen 'kiwi'"),
    "words of what is no menu": ("leaves_out: milk", "leaves_out: milk, written: [x]", "of menus"),
    "an unknown key": ("demo: true\n", "demo: true\nhue: 1\n", "unknown key 'hue'"),
    "an optional key": ("    regies:\n", "    regie:\n", "did you mean regies?"),
    "a key twice": ("code: demo\n", "code: demo\ncode: dem\n", "code is written twice"),
    "an unknown section": ("- code: health\n", "- code: helth\n", "did you mean health?"),
    "a section twice": ("- code: health\n", "- code: diet\n", "code diet is used on line"),
    "an unknown regime": ("regime: sport}", "regime: sports}", "did you mean sport?"),
    "an unknown tag": ("[snack]", "[snak]", "did you mean snack?"),
    "a tag twice": ("[snack]", "[snack, snack]", "tag snack is written twice"),
    "an unknown projection": (ENS_DIET, ENS_DIET.replace("diet", "diets"), "did you mean diet?"),
    "an unknown kind": ("kind: town", "kind: city", "unknown kind 'city'"),
    "an unknown hue": ("hue: 3", "hue: 5", "unknown hue '5'"),
    "an unknown reference": ("last_session\n", "someday\n", "unknown reference date 'someday'"),
    "an odd retention": ("retention: 3 years", "retention: for ever", "1 year, 36 months"),
    "a provider twice": ("code: agg", "code: ens", "code ens is used on line"),
    "a letter twice": ("letter: A", "letter: E", "letter E is used on line"),
    "a login twice": ("malik.perrin", "claire.aubry", "login claire.aubry is used on line"),
    "an activity twice": ("code: canteen", "code: school_enrolment", "is used on line"),
    "a role twice": ("code: school_desk", "code: kitchen", "code kitchen is used on line"),
    "a bad provider code": ("code: agg", "code: Agg-1", "2 to 20 characters"),
    "a small letter": ("letter: A", "letter: a", "one capital letter"),
    "a truth for a name": ("name: Aubeval", "name: yes", "must be text"),
    "an INSEE code too short": ('insee: "28902"', "insee: 2890", "5 characters"),
    "a membership backwards": (LEFT, LEFT.replace("2012", "2019"), "must come after"),
    "an overlap": ("2021-01-01", "2017-12-31", "overlaps an earlier one"),
    "a day that does not exist": ("2027-01-01", "2027-02-30", "must be a date"),
    "a wrong flag": ("demo: true", "demo: maybe", "true or false"),
    "years that do not follow": ('"2026-2027"', '"2026-2028"', "two years that follow"),
    "a short number": ('help_phone: "02 00 00 00 00"', "help_phone: 3615", "10 digits"),
    "a list for a block": (CLAIRE, "    first_administrator: [a, b]\n", "must be a block"),
    "a block for a list": ("[meal]", "{meal: 1}", "must be a list"),
    "blocks for words": ("[meal]", "[{meal: 1}]", "must be a list of words"),
    "a role that sees too much": (COACH, COACH + ", diet", "sees diet, but its provider does not"),
    "a role that sees ids": (COACH, COACH + ", family", "no desk shows it"),
    "a role that is blind": ("[diet, allergies]\n", "[diet, pickup]\n", "without seeing it"),
    "an empty purpose": (ENS_DIET, "      diet:\n", "diet is empty"),
    "an empty list": (AGG_ROLES, AGG_ROLES.replace(":\n", ": []\n    x:\n"), "empty list"),
}


def first_change(text: str) -> int:
    pairs = zip(TEXT.split("\n"), text.split("\n"), strict=False)
    return next(number for number, (old, new) in enumerate(pairs, start=1) if old != new)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_said_on_its_line(mistake: str, tmp_path: Path) -> None:
    old, new, reason = MISTAKES[mistake]
    text = spoilt(old, new)

    found = problems_of(text, tmp_path)

    line = first_change(text)
    assert any(p.startswith(f"{line}: ") and reason in p for p in found), (line, found)


def test_a_list_of_diets_without_a_menu_that_is_offered_is_refused(tmp_path: Path) -> None:
    start, end = TEXT.index("diets:\n"), TEXT.index("# The central desk")
    foods = "diets:\n  - {code: egg, label: Sans œuf, leaves_out: eggs}\n\n"

    found = problems_of(TEXT[:start] + foods + TEXT[end:], tmp_path)

    (told,) = found
    assert told.startswith(f"{line_of('diets:')}: ") and "need a menu that is offered" in told


@pytest.mark.parametrize(
    "key", ["legal_basis", "article_9_ground", "controller", "dpo", "phone", "label", "hue"]
)
def test_a_provider_that_leaves_something_out_is_refused(key: str, tmp_path: Path) -> None:
    start = TEXT.index("  - code: agg")
    lines = TEXT[start:].split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith(f"    {key}:"))
    text = TEXT[:start] + "\n".join(lines[:first] + lines[first + 1 :])

    expected = f"{line_of('  - code: agg', text)}: provider agg: {key} is missing"
    assert problems_of(text, tmp_path) == [expected]


def test_each_provider_names_one_first_administrator(tmp_path: Path) -> None:
    assert problems_of(spoilt(CLAIRE, ""), tmp_path) == [
        f"{line_of('  - code: ens')}: provider ens: first_administrator is missing"
    ]
    assert any("twice" in p for p in problems_of(spoilt(CLAIRE, CLAIRE * 2), tmp_path))


def test_a_health_section_without_a_ground_of_article_9_is_refused(tmp_path: Path) -> None:
    start = TEXT.index("  - code: health")
    ground = '    article_9_ground: "RGPD art. 9-2-g\u00a0: intérêt public important"\n'
    text = TEXT[:start] + TEXT[start:].replace(ground, "", 1)

    assert problems_of(text, tmp_path) == [
        f"{line_of('  - code: health')}: section health: article_9_ground is missing"
    ]


def test_a_section_left_out_is_refused(tmp_path: Path) -> None:
    start, end = TEXT.index("  - code: custody"), TEXT.index("  - code: pickup")
    text = TEXT[:start] + TEXT[end:]

    assert problems_of(text, tmp_path) == [
        f"{line_of('sections:')}: the town file: section custody is missing, the dossier keeps it"
    ]


def test_every_problem_is_said_in_one_run_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = spoilt("demo: true", "demo: maybe").replace("kind: town", "kind: city")
    text = text.replace(ENS_DIET, "").replace("letter: A", "letter: a")

    lines = [int(problem.split(":")[0]) for problem in problems_of(text, tmp_path)]

    assert len(lines) >= 4
    assert lines == sorted(lines)


def test_a_misspelt_regime_does_not_accuse_the_entitlements(tmp_path: Path) -> None:
    (problem,) = problems_of(leisure_centre("leisure_center"), tmp_path)

    assert "did you mean leisure_centre?" in problem


@given(
    some.integers(0, TEXT.count("\n")),
    some.integers(0, 100),
    some.sampled_from(["", " ", "  ", ":", "-", "'", '"', "[", "{", "}", "&a ", "*a ", "? ", "\n"]),
)
@settings(max_examples=150, deadline=None)
def test_any_slip_of_the_pen_is_read_or_refused(line: int, column: int, slip: str) -> None:
    lines = TEXT.split("\n")
    lines[line] = lines[line][:column] + slip + lines[line][column + 1 :]

    with tempfile.TemporaryDirectory() as home, suppress(TownRefused):
        town_of("\n".join(lines), Path(home))


def test_what_is_no_colour_is_refused_and_no_shade_is_reckoned_of_it(tmp_path: Path) -> None:
    written = 'colour: "#17489b"'

    (problem,) = problems_of(spoilt(written, 'colour: "#  7489b"'), tmp_path)

    assert 'must be a colour such as "#1d4796", in quotes' in problem


# --- The front desk ---

COUNTER = "    - {code: counter, label: Accueil au guichet, acts: [check_dossiers, accompany]}\n"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (COUNTER, COUNTER.replace("accompany", "acompany"), "unknown act 'acompany'; did you mean"),
        (COUNTER, COUNTER.replace("acts: ", "projections: [diet], acts: "), "unknown key"),
        (COUNTER, COUNTER + COUNTER, "code counter is used on line"),
        ("  letter: G\n", "  letter: E\n", "letter E is used on line"),
        ("  letter: G\n", "", "letter is missing"),
    ],
)
def test_a_front_desk_that_is_written_wrong_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    (problem,) = problems_of(spoilt(old, new), tmp_path)

    assert "front_desk" in problem
    assert reason in problem
    assert int(problem.split(":")[0]) >= line_of("front_desk:\n")


def test_no_provider_takes_the_code_of_the_front_desk(tmp_path: Path) -> None:
    found = problems_of(spoilt("  - code: agg\n", "  - code: front_desk\n"), tmp_path)

    assert found == [
        f"{line_of('  - code: agg')}: provider front_desk: this code is the town's front desk's"
    ]


# --- How the town looks ---

LOOK = '  colour: "#17489b"\n'


@pytest.mark.parametrize(
    ("colour", "why"),
    [
        ("f2c200", "#f2c200 reads 1."),
        ("17489", 'must be a colour such as "#1d4796", in quotes'),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused_on_its_line(
    tmp_path: Path, colour: str, why: str
) -> None:
    (found,) = problems_of(spoilt(LOOK, f'  colour: "#{colour}"\n'), tmp_path)

    assert found.startswith(f"{line_of(LOOK)}: ")
    assert why in found


def test_arms_that_cannot_be_made_anew_are_refused_on_their_line(tmp_path: Path) -> None:
    (found,) = problems_of(spoilt('viewBox="0 0 32 38"', ""), tmp_path)

    assert "must be an SVG drawing with a viewBox" in found
