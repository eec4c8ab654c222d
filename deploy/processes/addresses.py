"""
Public addresses of a town's pages and streams, and ports of the processes behind them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from deploy.engines.engines import Engines
from deploy.instance.instance import LOOPBACK
from shared.register.declarations import FRONT_DESK

PORTAL = "portal"


@dataclass(frozen=True)
class Page:
    """
    The pages of one office: their `address`, and the `ports` of loopback that serve them.

    `stream` is where open pages find their stream, "" where there is none: on one machine a port of
    its own, behind a web server a path of the pages' own address (decision 0021).
    """

    name: str
    principal: str
    address: str
    stream: str
    public_port: int
    ports: tuple[int, ...]
    stream_ports: tuple[int, ...] = ()

    def of_copies(self, numbers: Iterable[int]) -> "Page":
        """
        Return the page as a host has it that runs these of its copies.
        """
        places = [number - 1 for number in numbers]
        return replace(
            self,
            ports=tuple(self.ports[place] for place in places),
            stream_ports=tuple(self.stream_ports[place] for place in places if self.stream_ports),
        )


def pages_of(engines: Engines, register: Mapping[str, Any]) -> dict[str, Page]:
    """
    Return the pages of the portal, of each provider's desk by its code, and of the front desk.
    """
    instance = engines.instance
    found = {
        PORTAL: _page(
            engines, "portal_web", PORTAL, instance.portal_port, instance.portal_live_port
        )
    }
    for position, row in enumerate(register["providers"]):
        place = row.get("place", position)  # a register of before has none until the next `apply`
        ports = instance.desk_port(place), instance.desk_live_port(place)
        found[row["code"]] = _page(engines, f"desk_{row['code']}", row["principal"], *ports)
    if register.get("front_desk"):
        found[FRONT_DESK] = _page(engines, "front_desk_web", FRONT_DESK, instance.front_desk_port)
    return found


def offices_of(pages: Mapping[str, Page]) -> dict[str, str]:
    """
    Return the address of each office at which agents sign in, the front desk included.
    """
    return {code: page.address for code, page in pages.items() if code != PORTAL}


def _page(
    engines: Engines, name: str, principal: str, port: int, stream_port: int | None = None
) -> Page:
    address = _public(engines, name, f"http://{LOOPBACK}:{port}")
    behind = engines.behind_web_server
    stream = address if behind else f"http://{LOOPBACK}:{stream_port}"
    return Page(
        name=name,
        principal=principal,
        address=address,
        stream=stream if stream_port else "",
        public_port=port,
        ports=_ports(engines, port),
        stream_ports=_ports(engines, stream_port) if stream_port else (),
    )


def _public(engines: Engines, name: str, on_this_machine: str) -> str:
    front = engines.front
    if front is None:
        return on_this_machine
    if name == "portal_web":
        return front.portal
    if name == "front_desk_web":
        return front.front_desk
    return front.desk(name.removeprefix("desk_"))


def _ports(engines: Engines, port: int) -> tuple[int, ...]:
    """
    Return the port of each copy; a web server has the first one, and they stand behind it.
    """
    first = 2 if engines.behind_web_server else 1
    return tuple(
        engines.instance.copy_port(port, number) for number in range(first, first + engines.copies)
    )
