"""`python -m bench.grown fill|walk`: fill a running town of demonstration, open all its pages."""

import sys
import time
from collections.abc import Callable

from bench.grown import in_billing, in_dossier, in_enrolment, in_identity, in_portal, people, walk
from bench.town import connect
from deploy.applied_town import Applied
from deploy.instance.instance import Instance
from services.billing.store import store as billing
from services.dossier.store import store as dossier
from services.dossier.store import vault as dossier_vault
from services.enrolment.store import store as enrolment
from services.enrolment.store import vault as enrolment_vault
from services.identity.store import store as identity
from services.portal_gateway.store import store as portal
from shared.runtime.ids import new_id
from shared.settings import Settings

SERVICES = (
    ("dossier", dossier, dossier_vault),
    ("enrolment_ens", enrolment, enrolment_vault),
    ("billing", billing, None),
    ("identity", identity, None),
    ("portal", portal, None),
)


def fill(applied: Applied) -> None:
    """Write a town ten times the large demonstration into the services' databases."""
    for principal, store, vault in SERVICES:
        connect(Settings.from_env(applied.environment_of_principal(principal)), store, vault)
    homes, agent = people.homes(), new_id()
    _timed("identity", in_identity.fill)
    _timed("dossier", lambda: in_dossier.fill(homes, agent, in_enrolment.arrive))
    _timed("enrolment_ens", lambda: in_enrolment.fill(homes))
    _timed("portal", lambda: in_portal.settle(homes))
    _timed("billing", lambda: in_billing.fill(homes, agent))


def _timed(name: str, act: Callable[[], None]) -> None:
    begun = time.monotonic()
    act()
    print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)


def main(what: str) -> int:
    """Do one of the two; a page that fails is a result, and an exit code."""
    applied = Applied(Instance.from_environment())
    if what == "fill":
        fill(applied)
        return 0
    return walk.main(applied)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("fill", "walk"):
        sys.exit("python -m bench.grown fill|walk")
    sys.exit(main(sys.argv[1]))
