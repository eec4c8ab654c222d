"""The town's IT department: what `preau` promises, on a running town."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import requests
import yaml

from deploy.demo.journal import FILE as JOURNAL
from deploy.engines.broker_topology import Binding
from shared.bus.client import Client
from shared.contracts.dossier import guardians
from shared.contracts.dossier.sharing import projections
from shared.contracts.errors import NotAllowed, Refusal, Unavailable
from shared.contracts.message import Empty
from shared.settings import Settings
from tests.factories.town_files import MUSIC
from tests.journeys.town import DemoTown


def test_a_started_town_says_that_it_is_ready(town: DemoTown) -> None:
    state = town.status()

    assert state["ready"] is True
    town_wide = {"identity", "dossier", "billing", "portal", "front_desk"}
    assert {*town_wide, "enrolment_ens", "enrolment_agg"} == set(state["services"])
    pages = {"portal_web", "front_desk_web", "desk_ens", "desk_agg"}
    copies = town.applied.engines_of_town.copies
    shown = Counter(re.sub(r"_\d+$", "", name) for name in state["pages"] if " " not in name)
    names = {*pages, "portal_live", "desk_ens_live", "desk_agg_live"}
    assert shown == dict.fromkeys(names, copies)


def test_the_register_and_the_broker_agree_to_the_last_row(town: DemoTown) -> None:
    printed = json.loads(town.preau("register", "--json").stdout)

    assert printed["broker_differences"] == []
    assert town.preau("plan").stdout == "nothing to change\n"


def test_one_binding_too_many_is_reported_and_then_removed(town: DemoTown) -> None:
    foreign = Binding("out.dossier", "in.enrolment_agg.events", "event.enrolment_agg.diet")
    town.applied.broker_as_administrator().bind(foreign)

    reported = town.preau("register", ok=False)
    town.preau("apply")

    assert reported.returncode == 1
    assert "event.enrolment_agg.diet" in reported.stderr
    assert town.preau("register", "--json").returncode == 0


@pytest.mark.parametrize(
    ("wrong", "right", "reason"),
    [
        pytest.param("regime: sport}", "regime: chess}", "chess", id="no-such-regime"),
        pytest.param(
            "      diet: Servir",
            "      diets: Servir",
            "diets",
            id="no-such-projection",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            "      care_core: S’occuper",
            "      pickup: S’occuper",
            "care_core",
            id="no-care-core",
            marks=pytest.mark.nightly,
        ),
    ],
)
def test_a_town_file_that_is_wrong_is_refused_by_line_and_nothing_is_applied(
    town: DemoTown, tmp_path: Path, wrong: str, right: str, reason: str
) -> None:
    text = town.applied.town_file.read_text("utf-8")
    assert wrong in text
    file = tmp_path / "town.yaml"
    file.write_text(right.join(text.rsplit(wrong, 1)), "utf-8")
    before = town.instance.register_path.read_bytes()

    refused = town.preau("apply", ok=False, town_file=file)

    assert refused.returncode == 1
    assert re.search(rf"^{re.escape(str(file))}:\d+: .*{reason}", refused.stderr, re.MULTILINE)
    assert town.instance.register_path.read_bytes() == before


@pytest.mark.nightly
def test_loading_the_families_again_changes_nothing(town: DemoTown) -> None:
    before = town.status()["services"]["dossier"]
    journal = town.instance.home / JOURNAL
    known = json.loads(journal.read_text("utf-8"))
    journal.write_text(json.dumps(known | {"done": []}), "utf-8")  # or nothing would be sent

    town.preau("demo")

    assert town.status()["services"]["dossier"]["returned"] == before["returned"]


def test_a_provider_comes_is_suspended_and_goes_while_the_others_run(
    town: DemoTown, tmp_path: Path
) -> None:
    names = ("dossier", "enrolment_ens", "portal", "portal_web", "desk_ens", "front_desk_web")
    others = {name: town.pid(name) for name in names}
    fragment = tmp_path / "music.yaml"
    fragment.write_text(MUSIC, "utf-8")

    town.preau("provider", "add", str(fragment))
    answering = town.status()
    assert answering["services"]["enrolment_mus"]["ok"], "add returns once the desk answers"
    assert answering["pages"]["desk_mus"]["ok"]
    client = Client(Settings.from_env(town.applied.environment_of_principal("enrolment_mus")))
    digests = projections.InventoryDigestsRequest()
    assert client.ask(projections.inventory_digests, digests).buckets == []
    with pytest.raises(NotAllowed):
        client.ask(guardians.my_children, Empty(), token="none")

    town.preau("provider", "suspend", "mus")
    assert "inventory" not in _calls_of(town, "enrolment_mus")

    town.preau("provider", "revoke", "mus")
    with pytest.raises(Refusal) as refused:
        client.ask(projections.inventory_digests, digests, deadline=2.0)
    client.close()

    assert isinstance(refused.value, NotAllowed | Unavailable)
    assert town.preau("register", "--json").returncode == 0
    assert {name: town.pid(name) for name in others} == others
    assert "enrolment_mus" not in town.status()["services"]


def test_the_town_file_keeps_its_comments_when_a_provider_is_added(town: DemoTown) -> None:
    text = town.applied.town_file.read_text("utf-8")

    assert text.startswith("# The town file of an invented town")
    assert [entry["code"] for entry in yaml.safe_load(text)["providers"]][:2] == ["ens", "agg"]


def test_an_administrator_who_never_signed_in_is_invited(town: DemoTown) -> None:
    refused = town.preau("invite", "nowhere", ok=False)

    assert refused.returncode == 1
    assert "nowhere" in refused.stderr
    said = town.preau("invite", "front_desk").stdout.split()
    assert said[0] == "omar.delcourt:"
    assert requests.get(said[-1], timeout=10).status_code == 200, "where the code is used"


def test_a_name_that_nothing_has_is_refused_before_it_is_asked(town: DemoTown) -> None:
    for words in (("resync", "nowhere"), ("dead", "replay", "nowhere")):
        refused = town.preau(*words, ok=False)

        assert refused.returncode == 1
        assert "'nowhere' is none of billing, dossier, " in refused.stderr


def test_the_status_of_a_town_says_where_its_pages_are(town: DemoTown) -> None:
    addresses = json.loads(town.preau("status", "--json").stdout)["addresses"]

    assert addresses["portal_web"] == town.applied.instance.pages_url("portal")
    assert addresses["desk_ens"] in town.preau("status").stdout


def _calls_of(town: DemoTown, caller: str) -> set[str]:
    register = json.loads(town.instance.register_path.read_text("utf-8"))
    return {row["method"] for row in register["calls"] if row["caller"] == caller}
