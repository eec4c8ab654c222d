"""What a town runs, from its register: services, the portal, a desk for each provider."""

import json
from pathlib import Path

import pytest

from deploy.apply import Applied
from deploy.instance import Instance
from deploy.processes import wanted
from deploy.supervisor import Process


@pytest.fixture
def processes(tmp_path: Path) -> dict[str, Process]:
    """Give the processes of the demo town, by name; none of them is started."""
    applied = Applied(Instance(tmp_path / "var", 9790))
    register = applied.compiled()
    applied.prepare_secrets(register)
    applied.instance.register_path.write_text(json.dumps(register), "utf-8")
    return {process.name: process for process in wanted(applied)}


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
        "enrolment_ens",
        "enrolment_agg",
        "desk_ens",
        "desk_agg",
    }


def test_billing_knows_where_to_send_a_family_that_pays(processes: dict[str, Process]) -> None:
    for name in ("billing", "billing_worker"):
        env = processes[name].env
        assert env["PAYFIP_PAGE"].startswith("http://127.0.0.1:")  # the stand-in of a demo town
        assert env["PORTAL_URL"].removeprefix("http://") in processes["portal_web"].argv


def test_a_desk_knows_where_the_others_are(processes: dict[str, Process]) -> None:
    desks = json.loads(processes["desk_ens"].env["DESKS"])

    assert set(desks) == {"ens", "agg"}
    assert desks["agg"].removeprefix("http://") in processes["desk_agg"].argv


def test_letters_of_a_demo_town_stay_on_this_machine(processes: dict[str, Process]) -> None:
    env, stub = processes["identity"].env, processes["mail_stub"].argv

    assert (env["MAIL_HOST"], env["MAIL_PORT"]) == ("127.0.0.1", stub[stub.index("--port") + 1])
    assert env["PORTAL_URL"].removeprefix("http://") in processes["portal_web"].argv
    assert "MAIL_HOST" not in processes["portal"].env
