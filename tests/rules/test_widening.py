"""Widening an entitlement: what it is, who approves it, from which day on (rules.md, design 3)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from deploy.instance.secrets import new_token_signing_key
from deploy.register.approvals import Approvals, ApprovalsBroken
from deploy.register.compiler import compile_register
from deploy.register.entitlements_in_force import (
    Granted,
    Outcome,
    decide_in_force,
    unapproved_widenings,
    widenings_of_town_file,
)
from deploy.register.town_file.providers import ProviderEntry
from deploy.register.town_file.town import Town, TownRefused, read_town
from deploy.register.widenings import (
    Widening,
    digest_of_widenings,
    granted_by_register,
    granted_by_town_file,
    town_without_widenings,
    widenings_between,
)
from shared.register import parse_register
from shared.register.entitlement import Activity

TOWN = read_town(Path(__file__).parents[2] / "deploy" / "towns" / "demo.yaml")
TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
FOR_SNACKS = "Servir un goûter sans danger"


def with_provider(code: str, town: Town = TOWN, **changes: object) -> Town:
    entries = [replace(p, **changes) if p.code == code else p for p in town.providers]  # type: ignore[arg-type]
    return replace(town, providers=tuple(entries))


def sports(town: Town = TOWN) -> ProviderEntry:
    return next(p for p in town.providers if p.code == "agg")


def kept(section: str, retention: str, since: str) -> Town:
    sections = [
        replace(s, retention=retention, reference_date=since) if s.code == section else s
        for s in TOWN.sections
    ]
    return replace(TOWN, sections=tuple(sections))


def takes_diets(town: Town = TOWN) -> Town:
    """The sports service takes a diet too, where a guardian has it sent (rule R4)."""
    return with_provider("agg", town, on_request={**sports().on_request, "diet": FOR_SNACKS})


def test_what_a_provider_takes_on_request_is_approved_and_waits_like_any_widening() -> None:
    before = granted_by_town_file(TOWN)
    (widening,) = widenings_between(before, granted_by_town_file(takes_diets()))

    waiting = town_without_widenings(takes_diets(), [widening], before)

    assert "from a guardian" in widening.widening_in_words()
    assert sports(waiting).on_request == sports().on_request
    rows = compile_register(waiting, [], {})["entitlements"]
    assert ("agg", "diet") not in {(row["provider"], row["projection"]) for row in rows}
    assert widenings_between(granted_by_town_file(takes_diets()), before) == []


def test_food_on_occasion_is_approved_and_waits_and_shows_to_the_same_roles() -> None:
    roles = tuple(
        replace(role, projections=(*role.projections, "diet", "allergies"))
        for role in sports().roles
    )
    after = with_provider("agg", on_occasion=FOR_SNACKS, roles=roles)
    (widening,) = widenings_between(granted_by_town_file(TOWN), granted_by_town_file(after))

    waiting = sports(town_without_widenings(after, [widening], granted_by_town_file(TOWN)))

    assert "on occasion" in widening.widening_in_words()
    assert (waiting.on_occasion, waiting.roles) == ("", sports().roles)
    rows = compile_register(after, [], {})["entitlements"]
    flags = {r["projection"]: r["on_occasion"] for r in rows if r["provider"] == "agg"}
    assert [projection for projection, flag in flags.items() if flag] == ["diet", "allergies"]
    assert granted_by_register(compile_register(after, [], {})) == granted_by_town_file(after)


def test_a_town_applied_before_there_were_requests_has_them_approved_first() -> None:
    before = {k: v for k, v in granted_by_town_file(TOWN).items() if k != "on_request"}

    assert [each.what for each in widenings_between(before, granted_by_town_file(TOWN))] == [
        "pickup"
    ]


def test_what_is_received_of_itself_afterwards_is_a_widening_of_its_own() -> None:
    entitlements = {**sports().entitlements, "pickup": "Remettre l’enfant"}
    after = with_provider("agg", entitlements=entitlements, on_request={})

    (widening,) = widenings_between(granted_by_town_file(TOWN), granted_by_town_file(after))

    assert (widening.kind, widening.what) == ("projection", "pickup")


def wider() -> Town:
    """The sports service begins to serve a snack at judo: it needs the allergies."""
    entitlements = {**sports().entitlements, "diet": FOR_SNACKS, "allergies": FOR_SNACKS}
    activities = (Activity("judo", "Judo", "sport", ("snack",)), *sports().activities[1:])
    return with_provider("agg", entitlements=entitlements, activities=activities)


@pytest.fixture
def approvals(tmp_path: Path) -> Approvals:
    return Approvals(tmp_path / "approvals.jsonl", new_token_signing_key())


def approve(approvals: Approvals, *asked: Widening, valid_from: date = TODAY) -> None:
    approvals.add_approval(
        asked, name="Nadia Roussel", reason="Goûter au judo", valid_from=valid_from, at=NOW
    )


def on(day: date, town: Town, before: Granted, approvals: Approvals) -> Outcome:
    return decide_in_force(town, before, approvals.read_approvals(before.approvals), (), day)


IN_FORCE = Granted(granted_by_town_file(TOWN))


def test_a_first_installation_widens_nothing() -> None:
    assert widenings_of_town_file(TOWN, IN_FORCE, ()) == []


def test_a_provider_that_is_new_here_widens_nothing() -> None:
    alone = Granted(granted_by_town_file(TOWN, but=["agg"]))

    assert widenings_of_town_file(TOWN, alone, ()) == []


def test_a_new_projection_a_wider_purpose_and_a_longer_retention_widen() -> None:
    purpose = {**sports().entitlements, "care_core": "S’occuper de l’enfant, et le photographier"}

    found = {
        w.kind: (w.provider, w.what)
        for town in (
            wider(),
            with_provider("agg", entitlements=purpose),
            kept("diet", "2 months", "end_of_school_year"),
        )
        for w in widenings_of_town_file(town, IN_FORCE, ())
    }

    assert found == {
        "projection": ("agg", "allergies"),
        "purpose": ("agg", "care_core"),
        "retention": ("", "diet"),
    }


def test_another_reference_date_counts_as_longer() -> None:
    (found,) = widenings_of_town_file(kept("diet", "1 day", "end_of_last_link"), IN_FORCE, ())

    assert found.kind == "retention"


def test_narrowing_needs_nobody_and_rules_r1_and_r2_stop_it_in_the_town_file(
    tmp_path: Path,
) -> None:
    ens = next(p for p in TOWN.providers if p.code == "ens")
    less = {p: why for p, why in ens.entitlements.items() if p != "pickup"}
    shorter = kept("diet", "1 day", "end_of_school_year")
    file = tmp_path / "town.yaml"
    text = (Path(__file__).parents[2] / "deploy" / "towns" / "demo.yaml").read_text("utf-8")
    file.write_text(text.replace("      care_core: S’occuper", "      pickup: S’occuper", 1))

    assert widenings_of_town_file(with_provider("ens", entitlements=less), IN_FORCE, ()) == []
    assert widenings_of_town_file(shorter, IN_FORCE, ()) == []
    with pytest.raises(TownRefused, match="must receive care_core"):
        read_town(file)


def test_what_nobody_approved_is_refused_and_said_in_words(approvals: Approvals) -> None:
    with pytest.raises(TownRefused) as refused:
        on(TODAY, wider(), IN_FORCE, approvals)

    assert any("agg would receive allergies" in line for line in refused.value.problems)


def test_an_approval_covers_exactly_the_difference_that_was_shown(approvals: Approvals) -> None:
    diet, allergies = widenings_of_town_file(wider(), IN_FORCE, ())
    approve(approvals, diet)

    assert unapproved_widenings([diet, allergies], IN_FORCE, approvals.read_approvals()) == [
        allergies
    ]
    reworded = replace(diet, after="Tout autre chose")
    assert unapproved_widenings([reworded], IN_FORCE, approvals.read_approvals()) == [reworded]
    assert (
        digest_of_widenings([diet, allergies])
        == digest_of_widenings([allergies, diet])
        != digest_of_widenings([diet])
    )


def test_families_read_of_it_for_the_days_of_notice_and_until_then_nothing_is_sent(
    approvals: Approvals,
) -> None:
    approve(approvals, *widenings_of_town_file(wider(), IN_FORCE, ()))

    first = on(TODAY, wider(), IN_FORCE, approvals)
    eve = on(TODAY + timedelta(days=14), wider(), first.granted, approvals)
    day = on(TODAY + timedelta(days=15), wider(), eve.granted, approvals)

    assert {each.valid_from for each in first.announced} == {TODAY + timedelta(days=15)}
    assert eve.announced == first.announced
    for early in (first, eve):
        register = parse_register(compile_register(early.town, [], {}, early.announced))
        assert ("enrolment_agg", "allergies") not in register.granted_projections
        assert [a.what for a in register.announced] == ["diet", "allergies"]
        judo = next(p for p in register.providers if p.code == "agg").activities[0]
        assert judo.tags == ()  # no snack before the allergies are known (rule R2)
    assert day.announced == ()
    assert ("enrolment_agg", "allergies") in parse_register(
        compile_register(day.town, [], {})
    ).granted_projections


def test_the_notice_runs_from_the_first_apply_not_from_the_approval(approvals: Approvals) -> None:
    approve(approvals, *widenings_of_town_file(wider(), IN_FORCE, ()))
    late = TODAY + timedelta(days=40)

    first = on(late, wider(), IN_FORCE, approvals)

    assert {each.valid_from for each in first.announced} == {late + timedelta(days=15)}


def test_a_later_day_that_the_dpo_chose_is_kept(approvals: Approvals) -> None:
    chosen = TODAY + timedelta(days=60)
    approve(approvals, *widenings_of_town_file(wider(), IN_FORCE, ()), valid_from=chosen)

    first = on(TODAY, wider(), IN_FORCE, approvals)

    assert {each.valid_from for each in first.announced} == {chosen}


def test_an_approval_is_good_once(approvals: Approvals) -> None:
    at_once = replace(wider(), notice_days=0)
    approve(approvals, *widenings_of_town_file(at_once, IN_FORCE, ()))
    wide = on(TODAY, at_once, IN_FORCE, approvals)
    narrow = on(TODAY, TOWN, wide.granted, approvals)

    with pytest.raises(TownRefused):
        on(TODAY, at_once, narrow.granted, approvals)


def test_a_provider_that_was_taken_out_comes_back_with_no_more_than_it_had(
    approvals: Approvals,
) -> None:
    without = replace(TOWN, providers=tuple(p for p in TOWN.providers if p.code != "agg"))
    gone = on(TODAY, without, IN_FORCE, approvals)

    with pytest.raises(TownRefused):
        on(TODAY, wider(), gone.granted, approvals)


def test_a_provider_on_trial_may_be_widened_until_families_come(approvals: Approvals) -> None:
    before = Granted(granted_by_town_file(TOWN, but=["agg"]))

    decided = decide_in_force(wider(), before, [], ["agg"], TODAY)

    assert "agg" not in decided.granted.in_force["providers"]
    assert widenings_of_town_file(wider(), decided.granted, ()) == []


def test_a_longer_retention_waits_too(approvals: Approvals) -> None:
    town = kept("health", "2 days", "last_session")
    approve(approvals, *widenings_of_town_file(town, IN_FORCE, ()))

    first = on(TODAY, town, IN_FORCE, approvals)

    assert next(s for s in first.town.sections if s.code == "health").retention == "1 day"
    assert [(a.before, a.after) for a in first.announced] == [("1 day", "2 days")]


@pytest.mark.parametrize("what", ["activities", "conversations"])
def test_what_providers_keep_is_kept_longer_once_that_was_approved_and_announced(
    what: str, approvals: Approvals
) -> None:
    """Places and marks, or conversations: no section, and as much of a family's as one."""

    def length(town: Town) -> str:
        return town.activity_retention if what == "activities" else town.conversations.retention

    longer = (
        replace(TOWN, activity_retention="9 years")
        if what == "activities"
        else replace(TOWN, conversations=replace(TOWN.conversations, retention="9 years"))
    )
    [asked] = widenings_of_town_file(longer, IN_FORCE, ())
    with pytest.raises(TownRefused, match=f"not approved: {what} would be kept: 9 years"):
        on(TODAY, longer, IN_FORCE, approvals)
    approve(approvals, asked)

    first = on(TODAY, longer, IN_FORCE, approvals)
    later = on(TODAY + timedelta(days=40), longer, first.granted, approvals)

    assert (asked.kind, asked.what) == ("retention", what)
    assert length(first.town) == length(TOWN) and length(later.town) == "9 years"
    assert [(a.before, a.after) for a in first.announced] == [(length(TOWN), "9 years")]
    assert widenings_of_town_file(TOWN, later.granted, ()) == [], "shorter needs nobody"


def test_a_town_applied_by_an_older_release_grants_what_its_register_grants() -> None:
    register = compile_register(TOWN, [], {})

    assert widenings_between(granted_by_register(register), granted_by_town_file(TOWN)) == []
    assert town_without_widenings(TOWN, [], granted_by_register(register)) == TOWN


# --- The record ---


def test_the_record_says_who_why_when_and_what(approvals: Approvals) -> None:
    asked = widenings_of_town_file(wider(), IN_FORCE, ())
    approve(approvals, *asked)

    (written,) = approvals.read_approvals()

    assert (written.name, written.reason, written.at) == ("Nadia Roussel", "Goûter au judo", NOW)
    assert list(written.widenings) == asked
    assert written.digest == digest_of_widenings(asked)


@pytest.mark.parametrize("line", [0, 1])
def test_a_line_that_was_changed_afterwards_shows(
    approvals: Approvals, tmp_path: Path, line: int
) -> None:
    for each in widenings_of_town_file(wider(), IN_FORCE, ()):
        approve(approvals, each)
    file = tmp_path / "approvals.jsonl"
    lines = file.read_text("utf-8").splitlines()
    lines[line] = lines[line].replace("Nadia Roussel", "Nadia Rousset")
    file.write_text("\n".join(lines), "utf-8")

    with pytest.raises(ApprovalsBroken, match=f"line {line + 1}"):
        approvals.read_approvals()


def test_a_line_taken_out_moved_or_cut_off_shows(approvals: Approvals, tmp_path: Path) -> None:
    for each in widenings_of_town_file(wider(), IN_FORCE, ()):
        approve(approvals, each)
    file = tmp_path / "approvals.jsonl"
    first, second = file.read_text("utf-8").splitlines()

    for lines in ([second], [second, first], [first, first]):
        file.write_text("\n".join(lines), "utf-8")
        with pytest.raises(ApprovalsBroken):
            approvals.read_approvals()
    file.write_text(first, "utf-8")
    with pytest.raises(ApprovalsBroken, match="2 lines were written, 1 are left"):
        approvals.read_approvals(through=2)


def test_a_line_signed_by_another_key_is_nobodys(approvals: Approvals, tmp_path: Path) -> None:
    forger = Approvals(tmp_path / "approvals.jsonl", new_token_signing_key())
    approve(forger, *widenings_of_town_file(wider(), IN_FORCE, ()))

    with pytest.raises(ApprovalsBroken):
        approvals.read_approvals()
