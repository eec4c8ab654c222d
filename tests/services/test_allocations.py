"""Places given by criteria or by a draw, once the window has closed."""

from datetime import timedelta

import pytest

from services.enrolment.models import Group
from services.enrolment.places.admission.rules.allocation_order import lot_of_application
from services.enrolment.places.applications.commands import allocation as allocating
from services.enrolment.store import store
from shared.dates.clock import now
from tests.factories import places as family
from tests.factories.enrolment import Provider

TOMORROW = timedelta(days=1)


def test_by_criteria_nobody_is_told_before_the_desk_has_decided_and_then_all_at_once(
    ens: Provider,
) -> None:
    criteria = [{"code": "sibling", "label": "Fratrie", "points": 3}]
    group = family.a_group(places=1, allocation="criteria", criteria=criteria)
    plain, sibling = family.arrived(ens, 2)
    assert family.asks(plain, group)["state"] == "deciding"
    family.asks(sibling, group, criteria=["sibling"])

    allocate(group)

    assert family.states(group) == {sibling.child.id: "offered", plain.child.id: "waiting"}
    assert family.rank(family.application_of(group, plain)) == 1


def test_a_draw_gives_what_its_printed_seed_says(ens: Provider) -> None:
    group = family.a_group(places=2, allocation="draw")
    families = family.arrived(ens, 5)
    ids = [family.asks(one, group)["application_id"] for one in families]

    allocate(group, seed="graine")

    lots = sorted(ids, key=lambda one: lot_of_application("graine", one))
    assert [family.application(one).state for one in lots] == ["offered"] * 2 + ["waiting"] * 3
    assert [family.rank(one) for one in lots[2:]] == [1, 2, 3]


def test_who_comes_after_a_draw_stands_behind_all_who_were_drawn(ens: Provider) -> None:
    group = family.a_group(places=1, allocation="draw")
    early = [family.asks(one, group)["application_id"] for one in family.arrived(ens, 4)]
    allocate(group, seed="graine")

    late = [family.asks(one, group)["application_id"] for one in family.arrived(ens, 4)]
    allocate(group, seed="another")

    ranks = {one: family.rank(one) for one in (*early, *late) if family.rank(one)}
    assert sorted(ranks.values()) == [1, 2, 3, 4, 5, 6, 7]
    assert max(ranks[one] for one in early if one in ranks) == 3
    assert min(ranks[one] for one in late) == 4


def test_places_are_not_given_before_the_window_has_closed(ens: Provider) -> None:
    group = family.a_group(allocation="draw", closes_at=now() + TOMORROW)

    with pytest.raises(allocating.WindowOpen):
        allocate(group)


def allocate(group_id: str, seed: str = "") -> None:
    with store.write() as write:
        allocating.allocate_activity(write, write.get(Group, group_id).activity_id, now(), seed)
