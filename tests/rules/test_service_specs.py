"""Services are found by their folder: nothing central names one."""

import inspect
import re
from importlib import import_module
from pathlib import Path

from deploy.services import SERVICES, SPECS
from shared.bus.service_declarations import RpcDeclaration, declarations_by_method

PROJECT = Path(__file__).resolve().parents[2]

READ = "it answers the same again, and has one more line in a log of who read"
FOR_MINUTES = "what it makes ends by itself, and that of each answer counts"
SAME = "what it writes is the same again"
AGAIN_WITHOUT_HARM = {
    "dossier.check_families": SAME,
    "dossier.identify_children": SAME,
    "dossier.read_household_paper": READ,
    "enrolment.household_at_provider": READ,
    "enrolment.read_thread": SAME,
    "front_desk.ask_approval": SAME,
    "identity.ask_again_for_passkey": FOR_MINUTES,
    "identity.ask_for_passkey": FOR_MINUTES,
    "identity.begin_openid": FOR_MINUTES,
    "identity.begin_openid_link": FOR_MINUTES,
    "identity.begin_passkey": FOR_MINUTES,
    "identity.open_accounts": SAME,
    "identity.renew_token": SAME,
}
"""Methods that write without being remembered by their id, and may be sent again all the same."""


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


def test_what_writes_is_remembered_by_its_id_or_sent_once_or_may_be_done_again() -> None:
    """Who asks sends a request again where a connection broke: a typed code is then used up."""
    found = set()
    for spec in SPECS.values():
        module, _, name = spec.service.partition(":")
        service = getattr(import_module(module), name)
        for method, declaration in declarations_by_method(service).items():
            if not isinstance(declaration, RpcDeclaration):
                continue
            contract = declaration.contract
            assert not (contract.writes and contract.once), contract.full_name
            writes = "store.write()" in inspect.getsource(getattr(service, method))
            if writes and not contract.writes and not contract.once:
                found.add(contract.full_name)

    assert found == AGAIN_WITHOUT_HARM.keys()
