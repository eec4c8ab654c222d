"""A provider on trial, one that leaves, one that is followed by another, one that learns more."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from services.dossier.models import Child, Guardian, Household, Projection, Section, TrialMember
from services.dossier.service import DossierService
from services.dossier.store import store
from shared.contracts.dossier import activity_history_requests
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.guardians import ProviderUnknown
from shared.contracts.dossier.sharing import provider_changes as changes
from shared.contracts.enrolment import attendance
from shared.contracts.errors import BadRequest
from shared.dates.clock import now
from shared.register import Announced
from tests.factories import dossier as make
from tests.factories.dossier import Town, of
from tests.factories.register import demo_rows

PEANUT = {"health": make.health("arachide"), "diet": make.diet()}


@pytest.fixture
def trial(town: Town, register_file: Path) -> Town:
    """Give the town with its sports service on trial."""
    make.register(register_file, states={"agg": "trial"})
    return town


def invented(**more: Any) -> dict[str, Any]:
    adult = make.guardian("Famille inventée")
    child = make.child([adult], links=["agg"], sections=PEANUT)
    return make.household(child, guardians=[adult], trial_of="agg", **more)


def count(table: Any) -> int:
    with store.read() as read:
        return read.scalar(select(func.count()).select_from(table)) or 0


def end(town: Town, provider: str) -> None:
    while town.ask(changes.end_links, caller="ops", provider=provider).left:
        pass


# --- On trial ---


def test_an_invented_child_reaches_its_provider_and_neither_portal_nor_billing(
    trial: Town,
) -> None:
    trial.arrives(invented(address=make.address()))

    sent = trial.sent()
    assert {each.provider for each in sent} == {"agg"}
    assert {each.projection for each in sent} == make.AGG
    assert trial.cards() == [] and trial.homes() == []
    trial.service.publish_missing_cards()
    trial.service.publish_missing_households()
    assert trial.cards() == [] and trial.homes() == []


def test_no_real_child_is_linked_to_a_provider_on_trial(trial: Town) -> None:
    adult = make.guardian()
    ids = trial.arrives(make.household(make.child([adult], links=["ens"]), guardians=[adult]))
    claire, (manon,) = ids.guardians[adult["reference"]], ids.children.values()

    with pytest.raises(ProviderUnknown):
        trial.ask(contracts.open_link, subject=claire, child_id=manon, provider="agg")
    with pytest.raises(ProviderUnknown):
        trial.arrives(make.household(make.child([adult], links=["agg"]), guardians=[adult]))


def test_no_invented_child_is_linked_to_a_running_provider(trial: Town) -> None:
    household = invented()
    ids = trial.arrives(household)
    adult, child = (next(iter(each.values())) for each in (ids.guardians, ids.children))

    with pytest.raises(ProviderUnknown):
        trial.ask(contracts.open_link, subject=adult, child_id=child, provider="ens")
    household["children"][0]["links"] = ["ens"]
    with pytest.raises(ProviderUnknown):
        trial.arrives(household)


def test_real_and_invented_families_never_mix(trial: Town) -> None:
    adult = make.guardian()
    real = make.child([adult], links=["ens"])
    trial.arrives(make.household(real, guardians=[adult]))
    false = make.child([adult], links=["agg"])

    with pytest.raises(BadRequest):
        trial.arrives(make.household(false, guardians=[adult], trial_of="agg"))
    household = invented()
    trial.arrives(household)
    household["trial_of"] = None
    household["children"][0]["links"] = ["ens"]
    with pytest.raises(BadRequest):
        trial.arrives(household)


def test_an_invented_child_is_nobodys_twin(trial: Town) -> None:
    trial.arrives(invented())
    adult = make.guardian()

    ids = trial.arrives(make.household(make.child([adult], links=[]), guardians=[adult]))

    assert ids.alike == {}


def test_nothing_of_a_trial_is_left_when_it_ends_and_real_children_stay(
    trial: Town, register_file: Path
) -> None:
    adult = make.guardian()
    real = trial.arrives(make.household(make.child([adult], links=["ens"]), guardians=[adult]))
    ids = trial.arrives(invented(address=make.address()))
    (child,) = ids.children.values()
    with pytest.raises(BadRequest):
        trial.ask(changes.end_trial, caller="ops", provider="agg")
    make.register(register_file, states={"agg": "ending_trial"})

    ended = [trial.ask(changes.end_trial, caller="ops", provider="agg").children for _ in range(2)]

    assert ended == [1, 0]
    assert (count(Household), count(Guardian)) == (1, 1)
    with store.read() as read:
        assert read.scalars(select(Section).where(Section.child_id == child)).all() == []
        assert read.scalars(select(Projection).where(Projection.child_id == child)).all() == []
        gone = read.get(Child, child)
        assert gone is not None and gone.first_name is None and gone.reference is None
        assert read.get(TrialMember, child) is not None  # the id never becomes a real child's
        (manon,) = real.children.values()
        still = read.get(Child, manon)
        assert still is not None and still.first_name == "Manon"
    make.register(register_file)
    assert trial.inventory("agg")[1] == []


# --- Leaving the town ---


def test_who_is_revoked_hears_what_to_erase_keeps_the_care_core_a_day_and_gives_receipts(
    town: Town, claire: str, manon: str, register_file: Path
) -> None:
    make.register(register_file, states={"ens": "leaving"})

    end(town, "ens")

    sent = of(town.sent(), "ens")
    assert all(each.content is None for each in sent.values())
    told = town.ask(changes.erasures, caller="ops", provider="ens")
    assert (told.links, told.waiting, told.children) == (0, len(sent), 0)
    assert timedelta(hours=23) < told.kept_until - now() < timedelta(hours=25)
    for each in sent.values():
        town.erased(each)
        town.erased(each)  # a second delivery
    told = town.ask(changes.erasures, caller="ops", provider="ens")
    assert (told.waiting, told.children) == (0, 1)
    assert {row["projection"]: row["receipts"] for row in told.receipts} == dict.fromkeys(sent, 1)
    knows = town.ask(contracts.who_knows, subject=claire, child_id=manon)
    ended = next(link for link in knows.links if link["provider"] == "ens")
    assert ended["erased_at"] is not None and ended["receipt"] == len(sent)


def test_only_who_is_leaving_loses_its_links_at_once(town: Town, claire: str) -> None:
    with pytest.raises(BadRequest):
        town.ask(changes.end_links, caller="ops", provider="ens")


# --- ReloadingFile by another ---


def test_a_successor_is_sent_what_it_is_entitled_to_and_the_link_says_why(
    town: Town, claire: str, register_file: Path
) -> None:
    adult = make.guardian("Nora Haddad")
    child = make.child([adult], links=["agg"], sections={"health": make.health(care_plan=None)})
    ids = town.arrives(make.household(child, guardians=[adult]))
    nora, (lina,) = ids.guardians[adult["reference"]], ids.children.values()
    town.ask(
        contracts.write_section,
        subject=nora,
        child_id=lina,
        section="health",
        base_version=1,
        content=make.health(care_plan=make.care_plan()),
    )
    town.sent()
    both = {"provider": "agg", "successor": "ens"}

    opened = town.ask(changes.move_links, caller="ops", step="open", **both)
    again = town.ask(changes.move_links, caller="ops", step="open", **both)

    assert (opened.ended, opened.left, again.ended) == (1, 0, 0)  # Manon is at both already
    sent = {each.projection: each for each in town.sent()}
    assert {each.provider for each in sent.values()} == {"ens"}
    assert sent["care_core"].content["care_plan"]["conduct"] == "stylo puis appeler le 15"
    origin = {
        link["provider"]: link["origin"]
        for link in town.ask(contracts.who_knows, subject=nora, child_id=lina).links
    }
    assert origin == {"agg": "imported", "ens": "operator_change"}

    town.hear(
        attendance.activity_counted,
        source="enrolment_agg",
        child_id=lina,
        activity="judo",
        label="Judo",
        school_year="2026-2027",
        month="2026-10",
        times=8,
        version=1,
    )
    make.register(register_file, states={"agg": "ended"})
    ended = town.ask(changes.move_links, caller="ops", step="end", **both)
    (line,) = town.ask(activity_history_requests.history, subject=nora, child_id=lina).lines
    assert (line["provider"], line["months"]) == ("agg", {"2026-10": 8})  # it does not move
    assert (ended.ended, ended.left) == (2, 0)
    assert {each.provider for each in town.sent() if each.content is None} == {"agg"}
    with pytest.raises(ProviderUnknown):
        town.ask(contracts.open_link, subject=nora, child_id=lina, provider="agg")


def test_who_leaves_the_successor_stays_away(town: Town, claire: str, manon: str) -> None:
    adult = make.guardian()
    ids = town.arrives(make.household(make.child([adult], links=["agg"]), guardians=[adult]))
    both = {"provider": "agg", "successor": "ens", "caller": "ops"}
    town.ask(changes.move_links, step="open", **both)
    asked = {"subject": ids.guardians[adult["reference"]], "provider": "ens"}
    (child,) = ids.children.values()
    town.ask(contracts.close_link, child_id=child, **asked)

    again = town.ask(changes.move_links, step="open", **both)

    assert (again.ended, again.left) == (0, 0)


# --- Learning more ---


def announces(town: Town, file: Path, *, provider: str, kind: str = "projection") -> list[Any]:
    """Let the register announce a widening; return what the portal is told, run twice."""
    coming = Announced("k" * 32, kind, provider, "diet", "", "Goûter", date(2027, 1, 4))
    file.write_text(json.dumps(demo_rows(announced=[coming])))
    for _ in range(2):
        DossierService.announce_widenings(town.service)
    rows = [row for row in town.outbox() if row.type == changes.widening_announced.full_name]
    return [changes.widening_announced.load(json.loads(row.body)) for row in rows]


def test_the_families_concerned_hear_once_what_more_a_provider_will_receive(
    town: Town, claire: str, manon: str, register_file: Path
) -> None:
    adult = make.guardian("Nora Haddad")
    town.arrives(make.household(make.child([adult], links=["ens"]), guardians=[adult]))

    (told,) = announces(town, register_file, provider="agg")

    assert told.child_ids == [manon]
    assert (told.kind, told.what, told.valid_from) == ("projection", "diet", date(2027, 1, 4))


def test_everybody_hears_that_a_section_is_kept_longer(
    town: Town, claire: str, register_file: Path
) -> None:
    adult = make.guardian("Nora Haddad")
    town.arrives(make.household(make.child([adult], links=[]), guardians=[adult]))

    told = announces(town, register_file, provider="", kind="retention")

    assert len(told) == 2
