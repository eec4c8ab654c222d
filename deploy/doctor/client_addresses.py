"""Check of the addresses that families sign in from: one for all is a proxy set up wrongly."""

from collections.abc import Iterator

from deploy.applied_town import Applied
from deploy.doctor.engines.waiting_queues import Measured
from deploy.doctor.finding import Finding
from shared.register.declarations import IDENTITY

MEASURE = "sign_in_one_address"
PEOPLE = 20
"""The most people of one address within a day; more do not all sit at one place."""


def check_client_addresses(applied: Applied, measured: Measured) -> Iterator[Finding]:
    """
    Say that all families seem to be at one address: their mistakes then slow each other down.

    A town of demonstration that nobody reaches from outside has one address.
    """
    people = max(
        (row["value"] for row in measured.get(IDENTITY) or () if row["name"] == MEASURE),
        default=0,
    )
    register, front = applied.register_in_force(), applied.engines_of_town.front
    alone = front is None and bool(register and register["town"]["demo"])
    if people <= PEOPLE or alone:
        return
    what = f"All {people:.0f} people who signed in within a day came from one address"
    if front is not None and not front.proxies:
        yield Finding(
            f"{what}: a load balancer stands before nginx, and front.proxies does not name it.",
            "preau units systemd --nginx preau.conf"
            "  # once `proxies: [its network]` stands under `front:` in the file of engines",
        )
        return
    yield Finding(
        f"{what}: what stands before the pages does not pass on the visitor's in X-Forwarded-For.",
        "preau units systemd --nginx preau.conf  # its `proxy_set_header` lines show what it takes",
    )
