"""Services are found by their folder: nothing central names one."""

import re
from pathlib import Path

from deploy.services import SERVICES, SPECS

PROJECT = Path(__file__).resolve().parents[2]


def test_each_folder_with_a_service_has_its_spec() -> None:
    folders = {str(path.parent.relative_to(SERVICES)) for path in SERVICES.glob("**/service.py")}

    assert folders == {spec.folder for spec in SPECS.values()}


def test_no_module_of_deploy_names_the_code_of_a_service() -> None:
    named = re.compile(r"services\.(\w+\.)+(service|app|live_app|worker)\b")

    found = [
        str(path.relative_to(PROJECT))
        for path in PROJECT.glob("deploy/**/*.py")
        if named.search(path.read_text("utf-8"))
    ]

    assert found == []


def test_no_two_services_share_a_port_of_one_town() -> None:
    ports = [
        port
        for spec in SPECS.values()
        if spec.web
        for port in (spec.web.port, spec.web.live.port if spec.web.live else None)
        if port is not None
    ]

    assert len(ports) == len(set(ports))
