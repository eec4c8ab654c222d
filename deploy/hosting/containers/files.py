"""The files from which podman (quadlets of systemd) and compose run the containers of a town."""

from collections.abc import Iterable, Sequence

import yaml

from deploy.hosting.containers.parts import NETWORK, Container, Mount
from deploy.hosting.systemd.unit_hardening import quote_for_systemd
from deploy.hosting.systemd.units import STOP_SECONDS, TIMER
from shared.json_values import JsonObject

WRITTEN = "# Written by `preau containers`: what is changed here is lost.\n"
COMPOSE = "compose.yaml"
HOLD = ["sleep", "infinity"]
"""Command of what holds the network: it stays while all others start anew."""

NETWORK_FILE = "[Network]\nNetworkName=preau\n"
QUADLET = """\
[Unit]
Description=Préau: {what}

[Container]
ContainerName={name}
Image={image}
{lines}User={user}
Pull=never
ReadOnly=true
NoNewPrivileges=true
DropCapability=all

[Service]
{kind}TimeoutStopSec={seconds}
{install}"""
RUNS = "Restart=always\nRestartSec=1\n"
INSTALL = "\n[Install]\nWantedBy=multi-user.target\n"
LOW_PORTS = "net.ipv4.ip_unprivileged_port_start"


def quadlet_files(
    containers: Iterable[Container], image: str, user: str, ports: Sequence[int]
) -> dict[str, str]:
    """Return the files by name, as they belong into /etc/containers/systemd."""
    holding = [*_exec_lines(HOLD), "Network=preau.network", f"Sysctl={LOW_PORTS}=0"]
    holding += ["StopSignal=SIGKILL", *(f"PublishPort={port}:{port}" for port in ports)]
    found = {
        "preau.network": NETWORK_FILE,
        f"{NETWORK}.container": _quadlet(NETWORK, "its network", image, user, holding),
    }
    for container in containers:
        text = _quadlet(
            container.name, container.what, image, user, _quadlet_lines(container), container.at
        )
        found[f"{container.name}.container"] = text
        if container.at:
            timer = TIMER.format(what=container.what, at=container.at)
            found[f"{container.name}.timer"] = timer.replace("PartOf=preau.target\n", "")
            found[f"{container.name}.timer"] += "\n[Install]\nWantedBy=timers.target\n"
    return {name: WRITTEN + text for name, text in found.items()}


def _quadlet(
    name: str, what: str, image: str, user: str, lines: Iterable[str], at: str = ""
) -> str:
    return QUADLET.format(
        name=name,
        what=what,
        image=image,
        user=user,
        lines="".join(f"{line}\n" for line in lines),
        kind="Type=oneshot\n" if at else RUNS,
        seconds=STOP_SECONDS,
        install="" if at else INSTALL,
    )


def _quadlet_lines(container: Container) -> list[str]:
    named = sorted(container.environment.items())
    return [
        *_exec_lines(container.command),
        *(f"Environment={quote_for_systemd(f'{key}={value}')}" for key, value in named),
        *(f"Volume={_mount(mount)}" for mount in container.mounts),
        f"Network={f'{NETWORK}.container' if container.has_network else 'none'}",
        *([f"HealthCmd={_quoted(container.health)}"] if container.health else []),
    ]


def _exec_lines(command: Sequence[str]) -> list[str]:
    return [f"Entrypoint={command[0]}", f"Exec={_quoted(command[1:])}"]


def _quoted(words: Sequence[str]) -> str:
    return " ".join(quote_for_systemd(word).replace("$", "$$") for word in words)


def _mount(mount: Mount) -> str:
    return f"{mount.source}:{mount.target}:{'rw' if mount.is_written else 'ro'}"


def compose_file(
    containers: Iterable[Container], image: str, user: str, ports: Sequence[int]
) -> str:
    """Return the same for `docker compose` and `podman compose`; jobs are called by their name."""
    walls: JsonObject = {
        "image": image,
        "pull_policy": "never",
        "user": user,
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "tmpfs": ["/tmp", "/run"],
    }
    services: JsonObject = {
        NETWORK: {
            **walls,
            "entrypoint": HOLD,
            "stop_signal": "SIGKILL",
            "restart": "always",
            "networks": ["preau"],
            "ports": [f"{port}:{port}" for port in ports],
            "sysctls": {LOW_PORTS: 0},
        }
    }
    for container in containers:
        services[container.name] = {**walls, **_compose_service(container)}
    return WRITTEN + yaml.safe_dump(
        {"name": "preau", "services": services, "networks": {"preau": {}}},
        sort_keys=False,
        allow_unicode=True,
    )


def _compose_service(container: Container) -> JsonObject:
    network = f"service:{NETWORK}" if container.has_network else "none"
    health = [word.replace("$", "$$") for word in container.health]
    return {
        "entrypoint": [word.replace("$", "$$") for word in container.command],
        "environment": {
            key: value.replace("$", "$$") for key, value in container.environment.items()
        },
        "volumes": [_mount(mount) for mount in container.mounts],
        "network_mode": network,
        **({"healthcheck": {"test": ["CMD", *health]}} if health else {}),
        **({"profiles": ["night"]} if container.at else {"restart": "always"}),
    }
