"""
Public addresses of a town's pages and streams, and ports of the processes behind them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from deploy.engines.town_engines import Engines
from deploy.instance.instance import host_name_of_pages
from deploy.services import SPECS
from shared.bus.service_spec import Principals, ServiceSpec
from shared.json_values import JsonMapping
from shared.register.declarations import FRONT_DESK, PORTAL


@dataclass(frozen=True)
class Page:
    """
    The pages of one office: their `address`, and the `ports` of loopback that serve them.

    `stream` is where open pages find their stream, "" where there is none: on one machine a port of
    its own, behind a web server a path of the pages' own address (decision 0021).
    """

    name: str
    service: str
    principal: str
    address: str
    stream: str
    public_port: int
    ports: tuple[int, ...]
    stream_ports: tuple[int, ...] = ()

    def page_with_these_copies(self, numbers: Iterable[int]) -> "Page":
        """
        Return the page as a host has it that runs these of its copies.
        """
        places = [number - 1 for number in numbers]
        return replace(
            self,
            ports=tuple(self.ports[place] for place in places),
            stream_ports=tuple(self.stream_ports[place] for place in places if self.stream_ports),
        )


def pages_of_services(engines: Engines, register: JsonMapping) -> dict[str, Page]:
    """
    Return the pages of each service by its name, and of each provider's desk by its code.

    The front desk has some where the register has one.
    """
    found: dict[str, Page] = {}
    for spec in SPECS.values():
        if spec.web is None:
            continue
        match spec.principals:
            case Principals.EACH_PROVIDER:
                for position, row in enumerate(register["providers"]):
                    place = row.get("place", position)  # none in a register of before
                    name = f"{spec.web.process}_{row['code']}"
                    found[row["code"]] = _page_of_office(
                        engines, spec, name, row["principal"], place
                    )
            case Principals.IF_LISTED if not register.get(spec.name):
                continue
            case _:
                found[spec.name] = _page_of_office(engines, spec, spec.web.process, spec.name)
    return found


def office_addresses(pages: Mapping[str, Page]) -> dict[str, str]:
    """
    Return the address of each office at which agents sign in, the front desk included.
    """
    return {code: page.address for code, page in pages.items() if code != PORTAL}


def _page_of_office(
    engines: Engines, spec: ServiceSpec, name: str, principal: str, place: int = 0
) -> Page:
    instance = engines.instance
    port, stream_port = (
        instance.pages_port(spec.name, place),
        instance.stream_port(spec.name, place),
    )
    host = host_name_of_pages(spec.name)
    address = _public_address(engines, spec, name, f"http://{host}:{port}")
    behind = engines.behind_web_server
    stream = address if behind else f"http://{host}:{stream_port}"
    return Page(
        name=name,
        service=spec.name,
        principal=principal,
        address=address,
        stream=stream if stream_port else "",
        public_port=port,
        ports=_ports_of_copies(engines, port),
        stream_ports=_ports_of_copies(engines, stream_port) if stream_port else (),
    )


def _public_address(engines: Engines, spec: ServiceSpec, name: str, on_this_machine: str) -> str:
    front = engines.front
    if front is None:
        return on_this_machine
    if spec.name == PORTAL:
        return front.portal
    if spec.name == FRONT_DESK:
        return front.front_desk
    return front.desk_address(name.removeprefix("desk_"))


def _ports_of_copies(engines: Engines, port: int) -> tuple[int, ...]:
    """
    Return the port of each copy; a web server has the first one, and they stand behind it.
    """
    first = 2 if engines.behind_web_server else 1
    return tuple(
        engines.instance.copy_port(port, number) for number in range(first, first + engines.copies)
    )
