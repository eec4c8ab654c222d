"""Processes of a town, from its register: services, the portal, a desk for each provider."""

import gc
import json
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.applied_town import Applied
from deploy.instance.instance import Instance
from deploy.processes.process import Process
from deploy.processes.process_plan import office_urls, wanted_processes
from deploy.processes.public_addresses import office_addresses, pages_of_services
from deploy.provisioning.apply import compile_register_in_force, prepare_secrets
from shared.runtime.code_loading import garbage_collection_held_back
from shared.runtime.gunicorn_hooks import post_worker_init


@pytest.fixture
def applied(tmp_path: Path) -> Applied:
    """Give an instance of the demo town, of which nothing is made yet."""
    return Applied(Instance(tmp_path / "var", 9790))


@pytest.fixture
def processes(applied: Applied) -> dict[str, Process]:
    """Give the processes of the demo town, by name; none of them is started."""
    return _wanted(applied)


def _wanted(applied: Applied) -> dict[str, Process]:
    register = compile_register_in_force(applied)
    prepare_secrets(applied, register)
    applied.instance.register_path.write_text(json.dumps(register), "utf-8")
    return {process.name: process for process in wanted_processes(applied)}


def test_each_service_and_each_desk_has_its_process_and_billing_a_worker(
    processes: dict[str, Process],
) -> None:
    assert set(processes) == {
        "billing",
        "billing_worker",
        "payfip_stub",
        "dossier",
        "identity",
        "mail_stub",
        "portal",
        "portal_web",
        "portal_live",
        "enrolment_ens",
        "enrolment_agg",
        "desk_ens",
        "desk_ens_live",
        "desk_agg_live",
        "desk_agg",
        "front_desk",
        "front_desk_web",
        "metrics",
        "engines",
    }


def listens_at(address: str) -> str:
    """Return where a process listens that is found at this address: always on loopback."""
    return f"127.0.0.1:{urlsplit(address).port}"


def test_billing_knows_where_to_send_a_family_that_pays(processes: dict[str, Process]) -> None:
    for name in ("billing", "billing_worker"):
        env = processes[name].env
        assert env["PAYFIP_PAGE"].startswith("http://127.0.0.1:")  # the stand-in of a demo town
        assert listens_at(env["PORTAL_URL"]) in processes["portal_web"].argv


def test_the_address_of_each_office_is_where_its_pages_are(
    applied: Applied, processes: dict[str, Process]
) -> None:
    desks = office_urls(applied)

    assert set(desks) == {"ens", "agg", "front_desk"}
    assert desks["agg"].removeprefix("http://") in processes["desk_agg"].argv
    assert desks["front_desk"].removeprefix("http://") in processes["front_desk_web"].argv


def test_a_register_from_before_desks_had_a_place_is_read(
    applied: Applied, processes: dict[str, Process]
) -> None:
    register = compile_register_in_force(applied)
    for row in register["providers"]:
        del row["place"]

    offices = office_addresses(pages_of_services(applied.engines_of_town, register))

    assert offices == office_urls(applied)


def test_a_provider_that_goes_starts_nothing_of_the_others_anew(
    applied: Applied, processes: dict[str, Process]
) -> None:
    applied.set_provider_state("ens", "revoked")  # the first of the town file

    after = _wanted(applied)

    assert processes.keys() - after.keys() == {"enrolment_ens", "desk_ens", "desk_ens_live"}
    assert {name: processes[name] for name in after} == after


def test_the_front_desk_knows_the_way_to_the_portal(
    processes: dict[str, Process],
) -> None:
    portal, counter = processes["portal_web"], processes["front_desk_web"]

    assert listens_at(counter.env["PORTAL_URL"]) in portal.argv


def test_letters_of_a_demo_town_stay_on_this_machine(processes: dict[str, Process]) -> None:
    env, stub = processes["identity"].env, processes["mail_stub"].argv

    assert (env["MAIL_HOST"], env["MAIL_PORT"]) == ("127.0.0.1", stub[stub.index("--port") + 1])
    assert listens_at(env["PORTAL_URL"]) in processes["portal_web"].argv
    assert "MAIL_HOST" not in processes["portal"].env


def test_each_stream_stands_beside_its_pages_and_lets_in_nobody_elses(
    processes: dict[str, Process],
) -> None:
    for pages in ("portal_web", "desk_ens", "desk_agg"):
        stream = processes["portal_live" if pages == "portal_web" else f"{pages}_live"]

        assert listens_at(processes[pages].env["LIVE_URL"]) in stream.argv
        assert listens_at(stream.env["PAGES_URL"]) in processes[pages].argv
        assert stream.env["PREAU_PRINCIPAL"] == processes[pages].env["PREAU_PRINCIPAL"]


def test_no_collection_of_a_worker_looks_at_what_its_application_was_made_of() -> None:
    before, made = gc.get_freeze_count(), [[] for _ in range(1000)]

    post_worker_init(None)

    try:
        assert gc.get_freeze_count() - before > len(made)
    finally:
        gc.unfreeze()


def test_code_is_loaded_without_the_collector_which_goes_on_though_an_import_fails() -> None:
    before = gc.get_freeze_count()
    try:
        with pytest.raises(ModuleNotFoundError), garbage_collection_held_back():
            assert not gc.isenabled()
            loaded = [[] for _ in range(1000)]
            import_module("no_such_module")

        assert gc.isenabled()
        assert gc.get_freeze_count() - before > len(loaded)
    finally:
        gc.unfreeze()
