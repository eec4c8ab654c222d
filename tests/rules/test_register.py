"""The register: compiled the same each time, read by everybody, renewed while services run."""

import json
import os
import threading
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest

from deploy.register.compiler import compile_register, write_register
from deploy.register.rights_report import (
    entitlement_matrix,
    register_changes_in_words,
    rights_matrix,
)
from shared.register import PrincipalNotFound, ProviderNotFound, Register, parse_register
from shared.register.declarations import (
    BILLING,
    DEMO_OPS,
    DOSSIER,
    ENROLMENT,
    FRONT_DESK,
    IDENTITY,
    OPS,
    PORTAL,
    PROVIDERS,
    SERVICES,
    Answers,
    DeclarationRefused,
    Subscribes,
    expand_symbols,
)
from shared.runtime.ids import new_id
from tests.factories.compiled_register import DECLARED, HELD, PROJECTION, READ, TOWN, compiled
from tests.factories.register import demo_rows

GOLDEN = Path(__file__).parent / "golden" / "demo-rights.txt"


ENS, AGG = "enrolment_ens", "enrolment_agg"


def calls(register: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(row["caller"], row["callee"], row["method"]) for row in register["calls"]}


def keys(register: dict[str, Any], consumer: str) -> set[str]:
    return {row["key"] for row in register["events"] if row["consumer"] == consumer}


# --- The demo town's rights, for review ---


def test_the_rights_of_the_demo_town_are_those_that_were_reviewed() -> None:
    now = entitlement_matrix(compiled())
    if os.environ.get("PREAU_GOLDEN") == "write":
        GOLDEN.write_text(now, encoding="utf-8")

    reviewed = GOLDEN.read_text(encoding="utf-8")

    changes = "\n".join(unified_diff(reviewed.split("\n"), now.split("\n"), "reviewed", "now"))
    assert now == reviewed, (
        f"{changes}\n\nWhat a provider receives has changed. If that is meant, write the file "
        "anew and have it reviewed:\n"
        "PREAU_GOLDEN=write .venv/bin/python -m pytest tests/rules/test_register.py"
    )


# --- Who may ask what ---


def test_a_call_exists_for_exactly_the_callers_declared() -> None:
    assert calls(compiled()) == {
        (PORTAL, DOSSIER, "read_section"),
        (ENS, DOSSIER, "inventory"),
        (AGG, DOSSIER, "inventory"),
        (OPS, ENS, "resync"),
        (OPS, AGG, "resync"),
        (OPS, IDENTITY, "open_accounts"),
    }


def test_only_a_demonstration_opens_ready_accounts() -> None:
    real = compile_register(replace(TOWN, demo=False), DECLARED, {})

    assert not [row for row in real["calls"] if row["method"] == "open_accounts"]


def test_no_principal_calls_itself() -> None:
    everybody = Answers(IDENTITY, "verify_keys", 1, (SERVICES,), "the service itself")

    callers = {row["caller"] for row in compiled([everybody])["calls"]}

    assert callers == {BILLING, DOSSIER, FRONT_DESK, PORTAL, ENS, AGG}


def test_a_town_without_a_front_desk_has_no_principal_of_that_name() -> None:
    asking = Answers(IDENTITY, "list_agents", 1, (FRONT_DESK, PROVIDERS), "an administrator")
    without = compile_register(replace(TOWN, front_desk=None), [asking], {})

    assert FRONT_DESK not in {row["name"] for row in without["principals"]}
    assert {row["caller"] for row in without["calls"]} == {ENS, AGG}
    assert FRONT_DESK in {row["caller"] for row in compiled([asking])["calls"]}
    assert parse_register(without).front_desk is None


def test_symbols_stand_for_principals_sorted_each_once() -> None:
    assert expand_symbols([PROVIDERS, PORTAL, PROVIDERS], TOWN) == [AGG, ENS, PORTAL]
    assert expand_symbols([SERVICES], TOWN) == [
        BILLING,
        DOSSIER,
        AGG,
        ENS,
        FRONT_DESK,
        IDENTITY,
        PORTAL,
    ]
    assert expand_symbols([DEMO_OPS], TOWN) == [OPS]
    assert expand_symbols([], TOWN) == []


@pytest.mark.parametrize("symbol", ["enrolment_ens", "*everybody", "", "dossier "])
def test_a_caller_that_no_town_knows_is_refused(symbol: str) -> None:
    with pytest.raises(DeclarationRefused):
        compiled([replace(READ, callers=(symbol,))])


def test_a_method_declared_twice_with_two_rights_is_refused() -> None:
    with pytest.raises(DeclarationRefused, match="read_section"):
        compiled([READ, replace(READ, right="nobody in particular")])


# --- Who hears what ---


def test_the_canteen_hears_of_the_allergy_and_the_sports_club_does_not() -> None:
    register = compiled()

    assert f"event.{ENS}.allergies" in keys(register, ENS)
    heard = ("care_core", "pickup", "swimming", "insurance_date", "consents", "family")
    heard = (*heard, "subject_changed")
    assert keys(register, AGG) == {f"event.{AGG}.{topic}" for topic in heard}


def test_the_stream_of_the_dossier_has_one_row_per_entitlement() -> None:
    register = compiled([PROJECTION])

    entitled = {(row["principal"], row["projection"]) for row in register["entitlements"]}
    told = {tuple(row["key"].split(".")[1:]) for row in register["events"]}

    assert told == entitled
    assert len(register["events"]) == 14


def test_the_stream_reaches_nobody_but_providers() -> None:
    assert compiled([replace(PROJECTION, service=BILLING)])["events"] == []


def test_an_event_for_all_has_one_key_and_one_row_per_source() -> None:
    rows = compiled([HELD])["events"]

    assert [(row["source"], row["key"], row["consumer"]) for row in rows] == [
        (AGG, "event.projection_held", DOSSIER),
        (ENS, "event.projection_held", DOSSIER),
    ]


def test_an_event_that_would_take_the_key_of_a_projection_is_refused() -> None:
    with pytest.raises(DeclarationRefused, match="diet"):
        compiled([PROJECTION, replace(PROJECTION, event="diet")])


# --- Providers that do not simply run ---


def test_a_suspended_provider_keeps_the_care_core_and_calls_nobody() -> None:
    register = compiled(ens="suspended")

    assert keys(register, ENS) == {f"event.{ENS}.care_core", f"event.{ENS}.subject_changed"}
    assert ENS in {row["source"] for row in register["events"]}
    assert not [row for row in register["calls"] if ENS in (row["caller"], row["callee"])]
    assert [row["state"] for row in register["providers"]] == ["suspended", "running"]


def test_a_revoked_provider_is_on_no_binding_and_only_its_name_and_regies_stay() -> None:
    register = compiled(ens="revoked")

    (former,) = register.pop("former")
    assert ENS not in json.dumps(register)
    assert "Service Enseignement" not in json.dumps(register, ensure_ascii=False)
    assert AGG in {row["name"] for row in register["principals"]}
    assert (former["label"], former["regies"][0]["prefix"]) == ("Service Enseignement", "ENS")


def test_what_is_still_owed_to_a_former_provider_has_its_regie(tmp_path: Path) -> None:
    path = tmp_path / "register.json"
    write_register(compiled(ens="revoked"), path)

    register = Register.load(path)

    assert register.provider_and_regie("ens")[1].prefix == "ENS"
    assert register.present_or_former_provider("ens").label == "Service Enseignement"
    with pytest.raises(ProviderNotFound):
        register.provider("ens")


def test_nothing_joins_a_provider_on_trial_to_families_or_to_billing() -> None:
    apply = Answers(ENROLMENT, "apply", 1, (PORTAL,), "family")
    run = Answers(BILLING, "open_run", 1, (PROVIDERS,), "régie")
    offer = Subscribes(PORTAL, "activity_published", 1, ENROLMENT, (PROVIDERS,))
    quantities = Subscribes(BILLING, "attendance_recorded", 1, ENROLMENT, (PROVIDERS,))
    counts = Subscribes(DOSSIER, "activity_counted", 1, ENROLMENT, (PROVIDERS,))
    figures = Subscribes(FRONT_DESK, "figures_published", 1, ENROLMENT, (PROVIDERS,))
    act = Subscribes(ENROLMENT, "family_act", 1, PORTAL, (PORTAL,), addressed=True)
    declared = [*DECLARED, apply, run, offer, quantities, counts, figures, act]

    trial, running = compiled(declared, agg="trial"), compiled(declared)

    joined = {PORTAL, BILLING}
    for row in trial["calls"]:
        assert not (AGG in (row["caller"], row["callee"]) and joined & set(row.values()))
    told = {(row["event"], row["consumer"]) for row in trial["events"] if row["source"] == AGG}
    assert told == {("projection_held", DOSSIER)}
    assert keys(trial, AGG) == keys(running, AGG) - {f"event.{AGG}.family_act"}
    assert {row["projection"] for row in trial["entitlements"] if row["provider"] == "agg"} == {
        row["projection"] for row in running["entitlements"] if row["provider"] == "agg"
    }


def test_a_provider_that_leaves_hears_what_it_must_erase_and_calls_nobody() -> None:
    register = compiled(ens="leaving")

    assert keys(register, ENS) == keys(compiled(), ENS)
    assert not [row for row in register["calls"] if ENS in (row["caller"], row["callee"])]


def test_a_state_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="asleep"):
        compiled(ens="asleep")


def test_what_changes_is_said_in_words() -> None:
    before, after = compiled(), compiled(ens="suspended")

    lines = register_changes_in_words(before, after)

    assert "- provider ens state: running" in lines
    assert "+ provider ens state: suspended" in lines
    assert f"- dossier to {ENS}: event.{ENS}.diet v1" in lines
    assert f"- ops may ask {ENS}.resync v1 (the service itself)" in lines
    assert register_changes_in_words(before, before) == []
    assert all(line.startswith("+ ") for line in register_changes_in_words(None, after))


def test_another_account_of_a_provider_is_said_in_words() -> None:
    before, after = compiled(), compiled()
    after["providers"][0]["regies"][0]["numcli"] = "000999"

    gone, comes = register_changes_in_words(before, after)

    assert gone.startswith("- provider ens collects: Régie de recettes") and "000101" in gone
    assert comes.startswith("+ provider ens collects: Régie de recettes") and "000999" in comes


# --- The file ---


def test_the_same_town_gives_the_same_bytes_whatever_the_order_of_declarations() -> None:
    assert json.dumps(compiled()) == json.dumps(compiled(tuple(reversed(DECLARED))))


def test_the_register_has_the_agreed_parts_and_reply_slots() -> None:
    register = compiled()

    assert list(register) == [
        "town", "communes", "principals", "calls", "events", "entitlements", "providers",
        "sections", "calendar",
        "completeness", "front_desk", "conversations", "former", "announced", "diets",
        "treatments",
    ]  # fmt: skip
    slots = {row["name"]: row["reply_slots"] for row in register["principals"]}
    assert slots == {
        "billing": 4, "dossier": 4, "identity": 4, "ops": 4, "portal": 10, ENS: 8, AGG: 8,
        "front_desk": 8,
    }  # fmt: skip


def test_the_file_is_replaced_only_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "register.json"

    assert write_register(compiled(), path)
    inode = path.stat().st_ino
    assert not write_register(compiled(), path)
    assert path.stat().st_ino == inode
    assert write_register(compiled(ens="suspended"), path)

    assert list(tmp_path.iterdir()) == [path]


def test_everything_that_is_compiled_can_be_read_back() -> None:
    register = compiled()

    snapshot = parse_register(json.loads(json.dumps(register)))

    assert snapshot.communes == TOWN.communes
    assert snapshot.sections == TOWN.sections
    assert [p.activities for p in snapshot.providers] == [p.activities for p in TOWN.providers]
    assert [p.roles for p in snapshot.providers] == [p.roles for p in TOWN.providers]
    assert len(snapshot.calls) == len(register["calls"])
    assert len(snapshot.deliveries) == len(register["events"])


def test_a_later_release_may_add_to_the_register() -> None:
    register = compiled() | {"novelty": 1}
    register["providers"][0]["novelty"] = 2
    register["calls"][0]["novelty"] = 3

    assert parse_register(register).providers[0].code == "ens"


def test_people_can_read_the_whole_matrix() -> None:
    text = rights_matrix(compiled())

    assert "dossier.read_section v1 (guardian of the child): portal" in text
    assert "dossier.inventory v1 (the service itself): enrolment_agg, enrolment_ens" in text
    assert f"dossier to {ENS}: event.{ENS}.allergies v1" in text


# --- Services read it ---


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "register.json"
    write_register(compiled(), path)
    return path


def test_a_service_asks_the_register_who_is_entitled(path: Path) -> None:
    register = Register.load(path)

    assert register.is_entitled(ENS, "allergies")
    assert not register.is_entitled(AGG, "allergies")
    assert not register.is_entitled("nobody", "care_core")
    papers = ("insurance_date", "consents")
    assert register.usual_projections(AGG) == ("care_core", "swimming", *papers, "family")
    assert register.projections(AGG) == ("care_core", "pickup", "swimming", *papers, "family")
    assert (register.projections_on_request("agg"), register.projections_on_request("ens")) == (
        ("pickup",),
        (),
    )
    assert register.callers(DOSSIER, "inventory") == {ENS, AGG}
    assert register.callers(DOSSIER, "unheard_of") == frozenset()
    assert register.sources(DOSSIER, "projection_held") == {ENS, AGG}
    assert {d.consumer for d in register.consumers(IDENTITY, "subject_changed")} == {ENS, AGG}
    assert register.principal(ENS).provider == "ens"
    assert register.principal(PORTAL).provider is None


def test_a_service_finds_providers_by_code_and_principal(path: Path) -> None:
    register = Register.load(path)

    ens = register.provider("ens")

    assert (ens.letter, ens.hue, ens.principal) == ("E", 1, ENS)
    assert register.provider_of(ENS) == ens
    assert register.provider_of(DOSSIER) is None
    kitchen = ens.role("kitchen")
    assert kitchen is not None
    assert kitchen.marks_seen == ("diet", "allergies")
    assert ens.role("cook") is None
    with pytest.raises(ProviderNotFound):
        register.provider("dsp")
    with pytest.raises(PrincipalNotFound):
        register.principal("enrolment_dsp")


def test_a_revocation_is_known_a_second_later_without_a_restart(path: Path) -> None:
    clock = Clock()
    register = Register(path, clock=clock)
    write_register(compiled(agg="revoked"), path)

    clock.now += 0.9
    assert register.is_entitled(AGG, "care_core")
    clock.now += 0.2
    assert not register.is_entitled(AGG, "care_core")
    assert [p.code for p in register.running_providers] == ["ens"]


def test_a_suspended_provider_is_not_among_the_running_ones(path: Path) -> None:
    write_register(compiled(agg="suspended"), path)

    register = Register.load(path)

    assert [p.code for p in register.running_providers] == ["ens"]
    assert register.is_entitled(AGG, "care_core")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"town": 1}', "\x00"])
def test_a_broken_file_changes_nothing_until_it_is_mended(path: Path, content: str) -> None:
    clock = Clock()
    register = Register(path, clock=clock)

    path.write_text(content, encoding="utf-8")
    clock.now += 2
    assert register.is_entitled(ENS, "diet")
    assert register.is_stale

    path.unlink()
    clock.now += 2
    assert register.is_entitled(ENS, "diet")

    write_register(compiled(ens="suspended"), path)
    clock.now += 2
    assert not register.is_entitled(ENS, "diet")
    assert not register.is_stale


def test_without_a_register_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Register.load(tmp_path / "register.json")


def test_threads_see_one_register_or_the_next_and_never_half_of_it(path: Path) -> None:
    register = Register(path, every=0.0)
    seen: set[tuple[int, int]] = set()
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.0005):
            now = register.now
            seen.add((len(now.entitlements), len(now.granted_projections)))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(20):
        write_register(compiled(ens="suspended") if turn % 2 else compiled(), path)
    done.set()
    for thread in threads:
        thread.join()

    assert seen and seen <= {(14, 14), (7, 7)}


# --- Identifiers ---


def test_ids_are_uuids_of_version_7_that_follow_each_other() -> None:
    ids = [new_id() for _ in range(2000)]

    assert len(set(ids)) == 2000
    assert all(len(i) == 36 and i[14] == "7" and i[19] in "89ab" for i in ids)
    assert ids == sorted(ids)


def test_a_plan_says_what_a_town_tells_and_of_its_arms_only_that_they_are_others() -> None:
    before, after = demo_rows(), demo_rows()
    look = {**before["town"]["identity"], "colour": "#75306f", "arms": "<svg/>"}
    after["town"] = {
        **before["town"],
        "identity": look,
        "notices": [{"text": "Pas d’étude jeudi.", "text_en": "", "until": None}],
    }

    told = register_changes_in_words(before, after)

    assert "+ town colour: #75306f" in told
    assert "+ town's notice: Pas d’étude jeudi." in told
    assert len([line for line in told if line.startswith("+ town arms: image/svg+xml ")]) == 1
    assert all("<svg" not in line for line in told)
