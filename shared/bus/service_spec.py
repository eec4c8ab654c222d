"""
The declaration of a service to whoever runs it: principals, processes, addresses, slots.

Plain data in `services/*/spec.py`, which `deploy` finds and reads without starting anything. A new
service brings its folder with such a file; nothing central names it.
"""

from dataclasses import dataclass
from enum import Enum


class Principals(Enum):
    """The principals under which a service runs."""

    ONE = "one"
    """One, of the service's own name."""
    EACH_PROVIDER = "each provider"
    """One for each provider, `<service>_<provider>`."""
    IF_LISTED = "if listed"
    """One of the service's own name, in a town whose file has it."""


class Need(Enum):
    """Addresses and settings of other programs, which `deploy` puts into the environment."""

    PORTAL = "portal"
    """The address of the families' pages."""
    PAYFIP = "payfip"
    """The address of PayFiP: in a town of demonstration its stand-in."""
    MAIL = "mail"
    """The mail server; a real town writes it into the service's secrets."""
    PES_SCHEMAS = "pes schemas"
    """The folder of the official schemas of PES v2, if there is one."""


@dataclass(frozen=True)
class Live:
    """The stream of open pages beside a service's pages (decision 0021)."""

    application: str
    port: int
    workers: int = 1


@dataclass(frozen=True)
class Web:
    """
    The pages of a service, made by gunicorn.

    `application` is `module:factory()`. `process` is the name of the process, and `port` counts
    from the instance's base; of a service of each provider, the provider's code and its place in
    the town file are added.
    """

    application: str
    process: str
    port: int
    workers: int = 1
    live: Live | None = None


@dataclass(frozen=True)
class Worker:
    """A process beside a service, with the service's environment: `python -m module`."""

    name: str
    module: str


@dataclass(frozen=True)
class ServiceSpec:
    """
    A service of a town.

    `service` is `module:Class`. Reply slots are 2 × processes that ask + 2, push slots 2 ×
    processes that hold pages open + 2. `with_trials` is False for what serves real families alone:
    no call and no event joins it to a provider on trial. `not_of_trials` are events that a provider
    on trial does not publish to it. `signer` is the module of a process beside it, which alone
    holds the key that it signs with where each process is a user of its own. What `comes_first` has
    a greater share of a full machine: every change of a town goes through it. A service that
    `shares_events` may receive them in several processes at once: its handlers lock what those of
    another child or household read too, and depend on no order but that of these.
    """

    name: str
    service: str
    folder: str
    principals: Principals = Principals.ONE
    web: Web | None = None
    workers: tuple[Worker, ...] = ()
    signer: str = ""
    needs: frozenset[Need] = frozenset()
    reply_slots: int = 4
    push_slots: int = 0
    with_trials: bool = True
    not_of_trials: frozenset[str] = frozenset()
    comes_first: bool = False
    shares_events: bool = False
