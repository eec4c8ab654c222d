"""A provider is added by a file of its own, and none is lost by its lines in the town file."""

import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

from deploy.applied_town import Applied
from deploy.cli.providers import provider
from deploy.doctor.engines.broker import check_town_file
from deploy.instance.instance import PROJECT, Instance
from deploy.instance.user_error import UserError
from deploy.provisioning.apply import apply_town_file, plan_changes
from deploy.provisioning.codes_kept import given_up_activities, require_codes_kept
from deploy.provisioning.providers.adding import add_provider
from deploy.provisioning.providers.offboarding import open_items_in_words, unsettled_in_words
from deploy.register.compiler import compile_register, write_register
from deploy.register.town_file.town import TownRefused, read_town
from deploy.register.widenings import (
    granted_by_town_file,
    town_without_widenings,
    widenings_between,
)
from shared.contracts.billing.unsettled import UnsettledAnswer
from shared.register import ENDING_TRIAL, LEAVING, REVOKED, RUNNING, SUSPENDED, TRIAL, Announced
from tests.factories.town_files import CLAIRE, JUDO, MUSIC, TEXT, town_of


def test_a_provider_that_is_added_is_refused_by_the_lines_of_its_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, circus = tmp_path / "ville.yaml", tmp_path / "cirque.yaml"
    town.write_text(TEXT, encoding="utf-8")
    entry = TEXT[TEXT.index("  - code: ens") : TEXT.index(CLAIRE)] + CLAIRE
    lines = entry.replace("  - code: ens", "  - code: cir").splitlines()
    circus.write_text("\n".join(lines).replace("kind:", "kynd:", 1), encoding="utf-8")
    wrong = next(at for at, line in enumerate(lines, 1) if "kind:" in line)
    monkeypatch.setenv("PREAU_TOWN", str(town))

    with pytest.raises(TownRefused) as refused:
        add_provider(Applied(Instance(tmp_path / "var", 20_000)), circus)

    named = {problem.split(":")[0] for problem in refused.value.problems}
    assert f"{circus}:{wrong}: provider cir: unknown key 'kynd'; did you mean kind?" in (
        refused.value.problems
    )
    assert named <= {str(circus), str(town)}, "no file that is gone by now"
    assert town.read_text(encoding="utf-8") == TEXT

    town.write_text(f"{TEXT}\ncircus: 1\n", encoding="utf-8")
    with pytest.raises(TownRefused, match=r"ville\.yaml:"):
        add_provider(Applied(Instance(tmp_path / "var", 20_000)), circus)
    assert not list(tmp_path.glob("*candidate*"))


def a_circus(folder: Path) -> Path:
    """Write the example of the guide of the IT department."""
    guide = (PROJECT / "docs" / "guides" / "dsi.md").read_text("utf-8")
    file = folder / "cirque.yaml"
    file.write_text(guide.split("```yaml cirque.yaml\n")[1].split("```")[0], "utf-8")
    return file


def test_a_provider_that_was_added_before_the_command_broke_off_is_not_added_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, linked, circus = tmp_path / "kept.yaml", tmp_path / "ville.yaml", a_circus(tmp_path)
    kept.write_text(TEXT, encoding="utf-8")
    kept.chmod(0o640)
    linked.symlink_to(kept)
    monkeypatch.setenv("PREAU_TOWN", str(linked))
    applied = Applied(Instance(tmp_path / "var", 20_000))
    applied.instance.prepare_folders()

    assert add_provider(applied, circus, TRIAL) == ["cir"]
    once = kept.read_text("utf-8")
    assert add_provider(applied, circus, TRIAL) == ["cir"]

    assert kept.read_text("utf-8") == once
    assert (linked.is_symlink(), kept.stat().st_mode & 0o777) == (True, 0o640)
    assert applied.providers_on_trial() == ["cir"]
    with pytest.raises(UserError, match="cir is known to this town, and is trial, not running"):
        add_provider(applied, circus)


def test_a_provider_is_on_trial_before_any_apply_can_read_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off in between, the nightly `apply` would open it to families."""
    town, circus = tmp_path / "ville.yaml", a_circus(tmp_path)
    town.write_text(TEXT, encoding="utf-8")
    monkeypatch.setenv("PREAU_TOWN", str(town))
    applied = Applied(Instance(tmp_path / "var", 20_000))
    applied.instance.prepare_folders()
    states = applied.instance.home / "providers.json"
    states.mkdir()  # which cannot be replaced

    with pytest.raises(OSError, match=r"providers\.json"):
        add_provider(applied, circus, TRIAL)

    assert town.read_text("utf-8") == TEXT


@pytest.fixture
def lost_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Applied, str]:
    """Give a town whose file lost one of its providers since it was applied, and its code."""
    town = tmp_path / "ville.yaml"
    town.write_text(TEXT, encoding="utf-8")
    monkeypatch.setenv("PREAU_TOWN", str(town))
    applied = Applied(Instance(tmp_path / "var", 20_000))
    applied.instance.prepare_folders()
    register = compile_register(read_town(town), [], {})
    lost = {**register["providers"][-1], "code": "cir"}
    in_force = {**register, "principals": [], "providers": [*register["providers"], lost]}
    write_register(in_force, applied.instance.register_path)
    return applied, "cir"


def test_a_provider_at_work_is_not_lost_by_its_lines_in_the_file(
    lost_provider: tuple[Applied, str],
) -> None:
    """An older file, or lines deleted by mistake: what waits for it would be deleted at night."""
    applied, lost = lost_provider

    with pytest.raises(TownRefused, match=f": {lost} stands in it no more, .*revoke {lost}`"):
        apply_town_file(applied)
    with pytest.raises(TownRefused, match="nothing was done"):
        plan_changes(applied)
    [finding] = check_town_file(applied)
    assert lost in finding.what


@pytest.mark.parametrize("state", [REVOKED, ENDING_TRIAL])
def test_who_runs_no_more_is_not_lost_by_its_lines_either(
    state: str, lost_provider: tuple[Applied, str]
) -> None:
    """Bills of who was revoked are paid to its régies; a trial that ends is in no row."""
    applied, lost = lost_provider
    applied.set_provider_state(lost, state)
    register = applied.register_in_force() or {}
    *others, row = register["providers"]
    former = [{**row, "state": state}] if state == REVOKED else []
    in_force = {**register, "providers": others, "former": former}
    write_register(in_force, applied.instance.register_path)

    with pytest.raises(TownRefused, match=f": {lost} stands in it no more.*its lines stay"):
        require_codes_kept(applied)


@pytest.mark.parametrize("state", [REVOKED, SUSPENDED, ENDING_TRIAL])
def test_no_fragment_lets_who_was_revoked_run_again(
    state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lines were deleted, and `provider add` brings them back."""
    town, circus = tmp_path / "ville.yaml", a_circus(tmp_path)
    town.write_text(TEXT, encoding="utf-8")
    monkeypatch.setenv("PREAU_TOWN", str(town))
    applied = Applied(Instance(tmp_path / "var", 20_000))
    applied.instance.prepare_folders()
    applied.set_provider_state("cir", state)

    with pytest.raises(UserError, match=f"cir is known to this town, and is {state}, not running"):
        add_provider(applied, circus)

    assert town.read_text("utf-8") == TEXT
    assert applied.unusual_provider_states() == {"cir": state}
    assert not list(tmp_path.glob("*candidate*"))


def test_of_who_simply_runs_no_state_is_kept(lost_provider: tuple[Applied, str]) -> None:
    applied, lost = lost_provider
    applied.set_provider_state(lost, REVOKED)

    applied.set_provider_state(lost, RUNNING)

    assert applied.unusual_provider_states() == {}


@pytest.mark.parametrize(
    ("written", "refused"),
    [
        pytest.param(lambda text: "# rien\n", "cirque.yaml:1: only items", id="nothing"),
        pytest.param(
            lambda text: f"# le cirque\nproviders:\n{text}", "cirque.yaml:2: only items", id="block"
        ),
        pytest.param(
            lambda text: text.encode("latin-1", "replace"),
            "cirque.yaml:2: this is not UTF-8",
            id="latin",
        ),
        pytest.param(
            lambda text: text.replace("code: cir", "code: ens"),
            "code ens is used in {folder}/ville.yaml:",
            id="taken-code",
        ),
    ],
)
def test_a_file_of_a_provider_that_is_not_as_the_guide_has_it_is_named_with_what_is_wrong(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    written: Callable[[str], str | bytes],
    refused: str,
) -> None:
    town, circus = tmp_path / "ville.yaml", a_circus(tmp_path)
    town.write_text(TEXT, encoding="utf-8")
    wrong = written(circus.read_text("utf-8"))
    circus.write_bytes(wrong if isinstance(wrong, bytes) else wrong.encode())
    monkeypatch.setenv("PREAU_TOWN", str(town))

    with pytest.raises(TownRefused, match=re.escape(refused.format(folder=tmp_path))):
        add_provider(Applied(Instance(tmp_path / "var", 20_000)), circus)

    assert town.read_text("utf-8") == TEXT


def test_a_provider_is_indented_as_the_others_of_the_town_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, circus = tmp_path / "ville.yaml", a_circus(tmp_path)
    town.write_text(TEXT, encoding="utf-8")
    circus.write_text(dedent(circus.read_text("utf-8")), "utf-8-sig")  # as Windows saves it
    monkeypatch.setenv("PREAU_TOWN", str(town))

    assert add_provider(Applied(Instance(tmp_path / "var", 20_000)), circus) == ["cir"]


def town_that_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *changes: tuple[str, str]
) -> Applied:
    """Give a town whose file was changed by hand since it was applied."""
    town = folder / "ville.yaml"
    town.write_text(TEXT, encoding="utf-8")
    monkeypatch.setenv("PREAU_TOWN", str(town))
    applied = Applied(Instance(folder / "var", 20_000))
    applied.instance.prepare_folders()
    in_force = {**compile_register(read_town(town), [], {}), "principals": []}
    write_register(in_force, applied.instance.register_path)
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    town.write_text(text, encoding="utf-8")
    return applied


def test_a_regie_whose_code_was_misspelled_is_refused_since_no_bill_of_it_could_be_paid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "    regies:\n      - code: {}\n"
    applied = town_that_says(tmp_path, monkeypatch, (said.format("ens"), said.format("esn")))

    with pytest.raises(TownRefused, match=r"the régie ens stands under ens no more"):
        plan_changes(applied)
    [finding] = check_town_file(applied)
    assert "régie ens" in finding.what


REGIE = TEXT[TEXT.index("      - code: ens\n        number: 1\n") : TEXT.index(CLAIRE)]
CLOSED = (
    ("        activities: [canteen, evening_care]\n", "        activities: []\n"),
    ("        cesu_for: [evening_care]\n", ""),
    ("[cash, cheque, transfer, card, cesu, e_cesu]", "[cash, cheque, transfer, card]"),
)
ITS_SUCCESSOR = (("code: ens", "code: bis"), ("number: 1", "number: 9"), ("ENS", "BIS"))


def with_changes(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def test_a_regie_that_was_closed_keeps_its_lines_once_another_has_its_activities(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = with_changes(REGIE, *CLOSED) + with_changes(REGIE, *ITS_SUCCESSOR)

    require_codes_kept(town_that_says(tmp_path, monkeypatch, (REGIE, both)))


@pytest.mark.parametrize(
    ("changes", "dropped"),
    [
        pytest.param(CLOSED, ["canteen", "evening_care"], id="closed"),
        pytest.param((("[canteen, evening_care]", "[evening_care]"),), ["canteen"], id="one"),
    ],
)
def test_an_activity_that_is_offered_is_not_dropped_from_its_regie(
    changes: tuple[tuple[str, str], ...],
    dropped: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its meals would be billed to nobody, and nobody would be told."""
    applied = town_that_says(tmp_path, monkeypatch, (REGIE, with_changes(REGIE, *changes)))

    with pytest.raises(TownRefused) as refused:
        plan_changes(applied)

    assert [problem.split("of ens is under no régie")[0] for problem in refused.value.problems] == [
        f"{applied.town_file}: the activity {code} " for code in dropped
    ]


def test_the_code_of_an_activity_is_not_changed_into_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its meals would be at an activity that no régie bills, and nobody would be told."""
    applied = town_that_says(
        tmp_path,
        monkeypatch,
        *((f"{before}canteen,", f"{before}cantine,") for before in ("code: ", "for: ", "[")),
    )

    with pytest.raises(TownRefused, match=r"activity canteen of ens is gone, and cantine has come"):
        plan_changes(applied)


def test_an_activity_that_is_given_up_is_taken_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied = town_that_says(tmp_path, monkeypatch, (JUDO, ""), ("[judo, ", "["))

    require_codes_kept(applied)

    [said] = given_up_activities(applied)
    assert said.startswith("the activity judo of agg is given up") and "bill that month" in said


def test_a_town_that_offers_what_it_offered_gives_up_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(given_up_activities(town_that_says(tmp_path, monkeypatch))) == []


def test_an_activity_is_given_up_while_another_waits_for_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sailing came with an earlier file, and is withheld until its widening is in force."""
    sailing = "      - {code: sailing, label: Voile, regime: sport, tags: [snack]}\n"
    swim = "      swimming: Savoir que l’enfant peut entrer dans l’eau\n"
    food = "".join(f"      {what}: Servir le goûter\n" for what in ("diet", "allergies"))
    before = granted_by_town_file(town_of(TEXT, tmp_path))
    wider = with_changes(
        TEXT,
        (JUDO, JUDO + sailing),
        ("[judo, ", "[judo, sailing, "),
        (swim, swim + food),
        ("[care_core, pickup, swimming, ", "[care_core, pickup, swimming, diet, allergies, "),
    )
    town = town_of(wider, tmp_path)
    waiting = widenings_between(before, granted_by_town_file(town))
    announced = [
        Announced(each.key, each.kind, each.provider, each.what, "", each.after, date(2027, 1, 4))
        for each in waiting
    ]
    as_of_today = town_without_widenings(town, waiting, before)
    narrower = with_changes(wider, (JUDO, ""), ("[judo, ", "["))
    applied = town_that_says(tmp_path, monkeypatch, (TEXT, narrower))
    in_force = compile_register(as_of_today, [], {}, announced)
    write_register({**in_force, "principals": []}, applied.instance.register_path)

    require_codes_kept(applied)

    write_register({**in_force, "principals": [], "announced": []}, applied.instance.register_path)
    with pytest.raises(TownRefused, match="judo of agg is gone, and sailing has come"):
        require_codes_kept(applied)


@pytest.mark.parametrize("state", [LEAVING, REVOKED])
def test_who_left_the_town_is_not_let_in_again_by_being_suspended(
    state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Suspended, it would be on the broker again and hear of its children's care core."""
    applied = town_that_says(tmp_path, monkeypatch)
    applied.set_provider_state("agg", state)

    done = CliRunner().invoke(provider, ["suspend", "agg"], obj=applied)

    assert done.exit_code != 0 and f"agg is {state}" in done.output
    assert applied.unusual_provider_states() == {"agg": state}


OPEN = [each.name for each in fields(UnsettledAnswer)]


@pytest.mark.parametrize("open_item", [name for name in OPEN if name != "owed_bills"])
def test_each_thing_that_is_open_at_who_is_revoked_has_its_line_of_words(open_item: str) -> None:
    nothing = UnsettledAnswer(**dict.fromkeys(OPEN, 0))
    assert open_items_in_words(nothing) == []

    [line] = open_items_in_words(replace(nothing, **{open_item: 400}))

    assert line.startswith("4.00 € " if open_item.endswith("_cents") else "400 ")


def test_who_has_no_regie_is_revoked_though_billing_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Billing has nothing of it, and nobody answers here."""
    applied = town_that_says(tmp_path, monkeypatch, (TEXT, TEXT + MUSIC))

    assert unsettled_in_words(applied, "mus") == []
