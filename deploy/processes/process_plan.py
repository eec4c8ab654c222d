"""
The processes of a town, from its register: services, the portal, a desk for each provider.

`python -m deploy.processes.process_plan` prints them to the supervisor, secrets and all.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from deploy.applied_town import Applied
from deploy.engines.engines_file import variables_naming_town_files
from deploy.instance.instance import LOOPBACK, PROJECT, Instance
from deploy.processes.nginx import CONFIGURATION, NGINX
from deploy.processes.process import Process
from deploy.processes.public_addresses import PORTAL, Page, office_addresses, pages_of_services
from deploy.services import SHARED_BY_PAGES, SHARED_BY_SERVICES, SHARED_BY_STREAMS, SPECS
from shared.bus.service_spec import Need, ServiceSpec
from shared.runtime.gunicorn_hooks import FOLDER

THREADS = 10
"""Threads of each worker; six of them at most wait for strangers' sign-ins."""
LIVE_CONNECTIONS = 5_000
"""Live connections of one worker. Families have two, a provider's few dozen agents one."""


METRICS = "metrics"
RUN = Path("/run/preau")
"""The place in which systemd makes a folder for each process, of that process's user."""

ASKED = [sys.executable, "-m", "deploy.processes.process_plan"]
"""Command that the supervisor runs at its start and at each `apply`."""


def wanted_processes(applied: Applied) -> list[Process]:
    """
    Return what should run now, each of the services as its copies.

    Each counts what it does in files of a folder of its own.
    """
    return [_with_metrics_folder(applied, process) for process in _all_processes(applied)]


def _with_metrics_folder(applied: Applied, process: Process) -> Process:
    figures = applied.instance.figures_dir if applied.engines_of_town.supervised else RUN
    folder = str(figures / process.name)
    return replace(process, env={**process.env, FOLDER: folder})


def _all_processes(applied: Applied) -> list[Process]:
    register = applied.register_in_force()
    if register is None:
        return []
    beside = [*_stand_in_processes(applied), _metrics_process(applied)]
    beside += _engine_watch_processes(applied)
    pages = pages_of_services(applied.engines_of_town, register)
    streams = [process for page in pages.values() for process in _stream_processes(applied, page)]
    made = [*service_processes(applied), *beside, *_servers_of(applied, pages)]
    return [*made, *streams, *_web_server_processes(applied)]


def service_processes(applied: Applied) -> list[Process]:
    """Return the services that should run now, each with its workers."""
    return [
        process
        for row in applied.principals_in_force()
        if row["service"] in SPECS
        for process in _processes_of(applied, row["name"], SPECS[row["service"]])
    ]


def page_processes(applied: Applied) -> list[Process]:
    """Return the servers of pages that should run now, streams apart."""
    register = applied.register_in_force()
    return (
        _servers_of(applied, pages_of_services(applied.engines_of_town, register))
        if register
        else []
    )


def _servers_of(applied: Applied, pages: Mapping[str, Page]) -> list[Process]:
    return [process for page in pages.values() for process in _page_processes(applied, pages, page)]


def _copies_of_process(applied: Applied, process: Process) -> list[Process]:
    """
    Return a process as often as each service is to run.

    Each knows which it is only to share out the queues of events with the others.
    """
    copies = applied.engines_of_town.copies
    if copies == 1:
        return [process]
    return [
        replace(
            process,
            name=applied.instance.copy_name(process.name, number),
            env={**process.env, "PREAU_COPY": str(number), "PREAU_COPIES": str(copies)},
        )
        for number in range(1, copies + 1)
    ]


def office_urls(applied: Applied) -> dict[str, str]:
    """Return the address of each office at which agents sign in, the front desk included."""
    return office_addresses(
        pages_of_services(applied.engines_of_town, applied.register_in_force() or {"providers": []})
    )


def _page_processes(applied: Applied, pages: Mapping[str, Page], page: Page) -> list[Process]:
    """Return the processes that make the pages of one office."""
    web = SPECS[page.service].web
    assert web is not None
    more = {"PORTAL_URL": pages[PORTAL].address}
    more |= {"LIVE_URL": page.stream} if page.stream else {}
    return [
        Process(
            applied.instance.copy_name(page.name, number),
            [
                *gunicorn_command(web.application, page.name, port, web.workers),
                *("--worker-class", "gthread"),
                *("--threads", str(THREADS)),
            ],
            _environment_of_principal(applied, page.principal)
            | more
            | _antivirus_environment(applied),
            SHARED_BY_PAGES,
        )
        for number, port in enumerate(page.ports, start=1)
    ]


def _stream_processes(applied: Applied, page: Page) -> list[Process]:
    """
    Return the processes that hold open pages, apart from those that make pages (decision 0021).

    One worker holds thousands of connections that wait: gevent's, not threads.
    """
    web = SPECS[page.service].web
    if web is None or web.live is None:
        return []
    name, live = stream_name(page), web.live
    return [
        Process(
            applied.instance.copy_name(name, number),
            [
                *gunicorn_command(live.application, name, port, live.workers),
                *("--worker-class", "gevent"),
                *("--worker-connections", str(LIVE_CONNECTIONS)),
                *("--graceful-timeout", "1"),
            ],
            _environment_of_principal(applied, page.principal) | {"PAGES_URL": page.address},
            SHARED_BY_STREAMS,
        )
        for number, port in enumerate(page.stream_ports, start=1)
    ]


def stream_name(page: Page) -> str:
    """Return how the stream beside some pages is called."""
    return f"{page.name.removesuffix('_web')}_live"


def _processes_of(applied: Applied, principal: str, spec: ServiceSpec) -> list[Process]:
    """Return a service of a principal and its workers, each as often as the service is to run."""
    environment = _environment_of_principal(applied, principal)
    for need in Need:
        if need in spec.needs:
            environment |= _NEEDED[need](applied)
    runner = [sys.executable, "-m", "shared.bus.runner", spec.service]
    workers = [
        Process(each.name, [sys.executable, "-m", each.module], environment, SHARED_BY_PAGES)
        for each in spec.workers
    ]
    made = [Process(principal, runner, environment, SHARED_BY_SERVICES), *workers]
    copies = [copy for process in made for copy in _copies_of_process(applied, process)]
    return _with_signers(applied, principal, spec, copies)


def _with_signers(
    applied: Applied, principal: str, spec: ServiceSpec, processes: list[Process]
) -> list[Process]:
    """Return a service's processes, and a signer for each where systemd keeps users apart."""
    if not spec.signer or applied.engines_of_town.supervised:
        return processes
    name = signer_name_of_principal(principal)
    command = [sys.executable, "-m", spec.signer]
    signers = _copies_of_process(
        applied, Process(name, command, _environment_of_principal(applied, name))
    )
    return [
        replace(each, env={**each.env, "SIGNER_SOCKET": f"{RUN}/{signer.name}/socket"})
        for process, signer in zip(processes, signers, strict=True)
        for each in (process, signer)
    ]


def signer_name_of_principal(principal: str) -> str:
    """Return how the process is called, its user and its file of secrets, that signs for one."""
    return f"{principal}_signer"


def _metrics_process(applied: Applied) -> Process:
    """Return the one page of metrics of this instance, on this machine alone (decision 0030)."""
    return _process_run_as_operations(applied, METRICS, "deploy.metrics")


def _engine_watch_processes(applied: Applied) -> list[Process]:
    """Return what keeps Préau's own engines running; where they are units, systemd does."""
    if not applied.engines_of_town.supervised:
        return []
    return [_process_run_as_operations(applied, "engines", "deploy.processes.engine_watch")]


def _process_run_as_operations(applied: Applied, name: str, module: str) -> Process:
    environment = {
        **applied.instance.environment,
        **variables_naming_town_files(),
        "PYTHONPATH": str(PROJECT),
    }
    return Process(name, [sys.executable, "-m", module], environment, SHARED_BY_PAGES)


def _stand_in_processes(applied: Applied) -> list[Process]:
    """
    Return the stand-ins of a town of demonstration: a PayFiP that pays nobody, a mail server that
    sends nothing anywhere.
    """
    if not _is_demo(applied):
        return []
    instance = applied.instance
    needed = {need for spec in SPECS.values() for need in spec.needs}
    stubs = {
        Need.PAYFIP: _stand_in_process("payfip_stub", "--port", str(instance.payfip_stub_port)),
        Need.MAIL: _stand_in_process(
            "mail_stub", "--port", str(instance.mail_stub_port), "--folder", str(instance.mail_dir)
        ),
    }
    return [stub for need, stub in stubs.items() if need in needed]


def _stand_in_process(name: str, *arguments: str) -> Process:
    """Return the substitute for an external program in a town of demonstration."""
    command = [sys.executable, "-m", f"deploy.demo.{name}", *arguments]
    return Process(name, command, {"PYTHONPATH": str(PROJECT)}, SHARED_BY_PAGES)


def _portal_environment(applied: Applied) -> dict[str, str]:
    return {"PORTAL_URL": portal_url(applied)}


def _payfip_environment(applied: Applied) -> dict[str, str]:
    if not _is_demo(applied):
        return {}
    stub = applied.instance.payfip_stub_url
    return {
        "PAYFIP_SERVICE": f"{stub}/tpa/services/securite",
        "PAYFIP_PAGE": f"{stub}/tpa/paiementws.web",
    }


def _antivirus_environment(applied: Applied) -> dict[str, str]:
    """Return where pages have sent files scanned."""
    antivirus = applied.engines_of_town.antivirus
    return {"ANTIVIRUS": antivirus.place} if antivirus else {}


def _mail_environment(applied: Applied) -> dict[str, str]:
    if not _is_demo(applied):
        return {}
    return {
        "MAIL_HOST": LOOPBACK,
        "MAIL_PORT": str(applied.instance.mail_stub_port),
        "MAIL_STARTTLS": "no",
        "MAIL_SENDER": "espace-familles@example.org",
    }


def _pes_environment(_applied: Applied) -> dict[str, str]:
    return {"PES_XSD_DIR": os.environ.get("PES_XSD_DIR", "")}


_NEEDED: Mapping[Need, Callable[[Applied], dict[str, str]]] = {
    Need.PORTAL: _portal_environment,
    Need.PAYFIP: _payfip_environment,
    Need.MAIL: _mail_environment,
    Need.PES_SCHEMAS: _pes_environment,
}
"""The environment of what a service needs; a real town's mail server is in its secrets."""


def portal_url(applied: Applied) -> str:
    """Return the address of the families' pages."""
    register = applied.register_in_force() or {"providers": []}
    return pages_of_services(applied.engines_of_town, register)[PORTAL].address


def _is_demo(applied: Applied) -> bool:
    register = applied.register_in_force()
    return register is not None and bool(register["town"]["demo"])


def _web_server_processes(applied: Applied) -> list[Process]:
    """Return nginx where it is Préau's own; the town's own is not ours to run."""
    if not applied.engines_of_town.has_own_web_server:
        return []
    folder = str(applied.instance.web_server_dir)
    return [Process("web_server", [NGINX, "-p", folder, "-c", f"{folder}/{CONFIGURATION}"], {})]


def gunicorn_command(application: str, name: str, port: int, workers: int) -> list[str]:
    """Return how pages or streams are served, but for the kind of their workers."""
    return [
        *(sys.executable, "-m", "gunicorn", application),
        *("--bind", f"{LOOPBACK}:{port}"),
        *("--workers", str(workers)),
        *("--name", name),
        "--no-control-socket",
        *("--config", "python:shared.runtime.gunicorn_hooks"),
    ]


def _environment_of_principal(applied: Applied, principal: str) -> dict[str, str]:
    """
    Return the environment of a principal's process; under systemd without its secrets, which
    systemd hands over.
    """
    named = {**applied.instance.environment_of_principals, "PREAU_PRINCIPAL": principal}
    return {
        **(
            applied.environment_of_principal(principal)
            if applied.engines_of_town.supervised
            else named
        ),
        "PYTHONPATH": str(PROJECT),
        "PYTHONWARNINGS": "ignore",
    }


if __name__ == "__main__":
    processes = wanted_processes(Applied(Instance.from_environment()))
    print(json.dumps([asdict(process) for process in processes]))
