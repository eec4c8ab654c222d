"""Whatever families do, the replicas end up equal."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.dossier.households.queries.guardianships import contents_for_projections
from services.dossier.sections.rules.projections import prepare_projection
from services.dossier.sharing.links.queries import provider_links
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.sharing import projections
from shared.dates.clock import today
from shared.register.entitlement import PROJECTIONS
from tests.factories import dossier as make
from tests.factories.dossier import Town, delivered, resync, versions_grow
from tests.night import sequences

pytestmark = pytest.mark.both_databases

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("diet"), st.sampled_from(["standard", "no_pork", "vegetarian"])),
        st.tuples(st.just("health"), st.sampled_from(["", "arachide", "kiwi"])),
        st.tuples(st.just("plan"), st.sampled_from(["le 15", "le 112"])),
        st.tuples(st.just("open"), st.sampled_from(["ens", "agg"])),
        st.tuples(st.just("close"), st.sampled_from(["ens", "agg"])),
        st.tuples(st.just("suspend"), st.sampled_from(["ens", "agg", ""])),
        st.tuples(st.just("again"), st.sampled_from(["ens", "agg"])),
        st.tuples(st.just("receipts"), st.sampled_from(["ens", "agg"])),
    ),
    max_size=14,
)


@settings(
    max_examples=sequences(8, at_night=25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS, chance=st.randoms(use_true_random=False))
def test_whatever_families_do_replicas_end_up_equal_by_digest(
    town: Town, register_file: Path, acts: list[tuple[str, str]], chance: random.Random
) -> None:
    make.register(register_file)
    family = Family(town, register_file)

    for act, what in acts:
        family.does(act, what)
    make.register(register_file)

    for provider in ("ens", "agg"):
        sent = [each for each in family.sent if each.provider == provider]
        versions_grow(sent)
        replica = delivered(sent, chance)
        resync(town, provider, replica)
        for each in town.sent():
            replica.take(each)
        mine = {place for place in replica.held if place[0] == family.child_id}
        assert resync(town, provider, replica) == 0
        for place_ in mine:
            assert replica.held[place_][1] == family.expected(provider, place_[1])


class Family:
    """A family with one child at both providers, and what was sent of it."""

    def __init__(self, town: Town, register_file: Path) -> None:
        self.town = town
        self.register_file = register_file
        one = make.guardian()
        ids = town.arrives(make.household(make.child([one]), guardians=[one]))
        self.subject = ids.guardians[one["reference"]]
        (self.child_id,) = ids.children.values()
        self.sent = town.sent()

    def does(self, act: str, what: str) -> None:
        asked = {"subject": self.subject, "child_id": self.child_id}
        if act == "diet":
            self._tells("diet", make.diet(what))
        elif act == "health":
            self._tells("health", make.health(*filter(None, [what])))
        elif act == "plan":
            self._tells("health", make.health(care_plan=make.care_plan(what)))
        elif act == "suspend":
            make.register(self.register_file, states={what: "suspended"} if what else {})
        elif act == "again":
            wanted = [(self.child_id, projection, 0) for projection in PROJECTIONS]
            self.sent += self.town.rows(what, [entry[:2] for entry in wanted])
            self.town.ask(projections.resend, caller=f"enrolment_{what}", wanted=wanted)
        elif act == "receipts":
            for each in [one for one in self.sent if one.provider == what and not one.content]:
                self.town.erased(each)
        else:
            method = contracts.open_link if act == "open" else contracts.close_link
            try:
                self.town.ask(method, **asked, provider=what)
            except contracts.ProviderUnknown:
                pass
        self.sent += self.town.sent()

    def expected(self, provider: str, projection: str) -> Any:
        """Return the projection afresh from what is told, None where the link has ended."""
        with store.read() as read:
            link = provider_links.latest_link(read, self.child_id, provider)
            contents = contents_for_projections(read, [self.child_id], PROJECTIONS, today())[
                self.child_id
            ]
        assert link is not None
        return None if link.closed_at else prepare_projection(projection, contents, today())

    def _tells(self, section: str, content: Any) -> None:
        asked = {"subject": self.subject, "child_id": self.child_id, "section": section}
        base = self.town.ask(contracts.read_section, **asked).version
        self.town.tells(self.subject, self.child_id, section, content, base=base)
