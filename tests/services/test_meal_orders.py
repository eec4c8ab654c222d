"""A canteen orders its meals: by the hour, changed after it by asking, answered once."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from services.enrolment.desk.kitchen import labels
from services.enrolment.kitchen.commands.menus import rename_kitchen_site
from services.enrolment.kitchen.commands.orders import OrderRefused
from services.enrolment.kitchen.queries.orders import (
    gaps_of_orders,
    order_deadline,
    sent_orders_by_day,
)
from services.enrolment.models import AdultMeals, Booking, MealOrder
from services.enrolment.offer.commands.site_renaming import rename_site
from services.enrolment.store import store
from shared.contracts.enrolment.kitchen import meal_orders
from shared.contracts.enrolment.kitchen.meal_orders import (
    ACCEPTED,
    CHANGE,
    ORDER,
    RECEIVED,
    REFUSED,
)
from shared.dates.clock import now, today
from shared.dates.periods import monday_of
from tests.databases import Database
from tests.factories import attendance, kitchen, offer
from tests.factories.enrolment import Child, Provider
from tests.factories.kitchen import COOK, a_canteen, allergic_to, eats_at, mark_of_need, orders
from tests.factories.register import demo_rows

SENT = "enrolment_cui.meals_ordered"


@pytest.fixture
def ens(database: Database, tmp_path: Path) -> Iterator[Provider]:
    """Give the school service of a town with a central kitchen."""
    with kitchen.town_with_caterer(database, tmp_path) as provider:
        yield provider


def soon() -> date:
    """Return a Tuesday, a week ahead at least."""
    return monday_of(today()) + timedelta(days=15)


def hour_of(day: date) -> Any:
    with store.read() as read:
        return order_deadline(read, day, "1@10:00")


def answered(ens: Provider, version: int, said: str, reason: str = "") -> None:
    ens.receives_event(
        meal_orders.order_answered,
        "enrolment_cui",
        day=soon(),
        version=version,
        answer=said,
        reason=reason,
        answered_at=now(),
    )


def the_order(version: int = 1) -> MealOrder:
    with store.read() as read:
        found = read.get(MealOrder, (soon(), version))
        assert found is not None
        return found


def cancels(child: Child) -> None:
    with store.write() as write:
        write.execute(update(Booking).where(Booking.child_id == child.id).values(state="cancelled"))


def test_an_order_has_numbers_by_site_menu_and_allergen_and_nothing_of_a_child(
    ens: Provider,
) -> None:
    ferry, veil = a_canteen("École Jules-Ferry"), a_canteen("École Simone-Veil")
    manon = eats_at(ens, ferry, [soon()], Child("Manon", "Lefèvre"), "vegetarian", ["egg"])
    eats_at(ens, ferry, [soon()], Child("Tom", "Roy"), allergies=allergic_to("milk", ""))
    eats_at(ens, veil, [soon()], Child("Léa", "Petit"), menu=None)

    orders(ens, soon())

    (event,) = ens.published(SENT)
    assert event["meals"] == [
        {"site": "École Jules-Ferry", "menu": "standard", "meals": 1},
        {"site": "École Jules-Ferry", "menu": "vegetarian", "meals": 1},
        {"site": "École Simone-Veil", "menu": "", "meals": 1},
    ]
    assert event["allergens"] == [
        {"site": "École Jules-Ferry", "allergen": code, "meals": 1}
        for code in ("eggs", "milk", "other")
    ]
    assert (event["kind"], event["version"]) == (ORDER, 1)
    sent = json.dumps(event, ensure_ascii=False)
    assert not any(secret in sent for secret in (manon.id, "Lefèvre", "Manon", "kiwi", COOK))


def feeds_adults_at(sites: int) -> None:
    with store.write() as write:
        write.add_all(
            AdultMeals(day=soon(), site=f"École {n:04}", staff=3, guests=1) for n in range(sites)
        )


def test_an_order_for_hundreds_of_sites_is_sent_and_one_that_no_message_holds_is_refused(
    ens: Provider,
) -> None:
    feeds_adults_at(450)
    orders(ens, soon())
    (event,) = ens.published(SENT)
    assert len(event["adults"]) == 900

    with store.write() as write:
        write.execute(delete(AdultMeals))
    feeds_adults_at(1_001)
    with pytest.raises(OrderRefused) as refused:
        orders(ens, soon())

    assert refused.value.code == "too_many" and refused.value.code in labels.NOT_SENT
    assert len(ens.published(SENT)) == 1


@dataclass
class Eater:
    """A child as it is drawn: where it eats, what it gets, what it has to avoid, and when."""

    site: str
    menu: str | None
    allergen: str | None
    days: set[date]
    id: str = ""


def drawn(random: Random, sites: Sequence[str], days: Sequence[date]) -> list[Eater]:
    menus, allergens = ["standard", "vegetarian", "no_pork", None], ["milk", "nuts", None, None]
    return [
        Eater(
            sites[number % len(sites)],
            random.choice(menus),
            random.choice(allergens),
            set(random.sample(days, 18)),
        )
        for number in range(25)
    ]


def recounted(eaters: Sequence[Eater], day: date) -> tuple[Counter[Any], Counter[Any]]:
    """Count what a day's order has to be from what was drawn: no row of a service is read."""
    there = [eater for eater in eaters if day in eater.days]
    meals = Counter((eater.site, eater.menu or "") for eater in there)
    return meals, Counter((eater.site, eater.allergen) for eater in there if eater.allergen)


def ordered(sent: MealOrder) -> tuple[Counter[Any], Counter[Any]]:
    meals = Counter({(line["site"], line["menu"]): line["meals"] for line in sent.meals})
    allergens = {(line["site"], line["allergen"]): line["meals"] for line in sent.allergens}
    return meals, Counter(allergens)


def changes_its_mind(random: Random, eaters: Sequence[Eater], day: date, groups: Any) -> None:
    """Cancel some meals of a day, and book some that were not."""
    for eater in random.sample(eaters, 6):
        with store.write() as write:
            session = offer.session_on(write, groups[eater.site], day)
            row = write.get(Booking, (session.id, eater.id))
            if row is None:
                attendance.booked(write, session, eater.id)
            else:
                row.state = "cancelled" if day in eater.days else "booked"
        eater.days ^= {day}


def test_over_thirty_days_five_kitchens_order_what_is_booked_at_the_hour(ens: Provider) -> None:
    """Bookings are made and cancelled until each order and after it; counted anew as drawn."""
    random = Random(22)
    sites = [f"École {name}" for name in ("A", "B", "C", "D", "E")]
    groups = {site: a_canteen(site) for site in sites}
    days = [today() + timedelta(days=5 + offset) for offset in range(30)]
    eaters = drawn(random, sites, days)
    for number, eater in enumerate(eaters):
        child, group = Child(f"Enfant{number}", "Essai"), groups[eater.site]
        allergies = allergic_to(eater.allergen) if eater.allergen else None
        days_of = sorted(eater.days)
        eater.id = eats_at(ens, group, days_of, child, eater.menu, allergies=allergies).id
    wanted = {}
    for day in days:
        changes_its_mind(random, eaters, day, groups)
        wanted[day] = recounted(eaters, day)
        orders(ens, day, hour_of(day))
        changes_its_mind(random, eaters, day, groups)

    with store.read() as read:
        sent = {row.day: ordered(row) for row in read.scalars(select(MealOrder))}

    apart = [day for day in days if sent[day] != wanted[day]]
    assert (apart, len(sent)) == ([], 30)
    assert {site for meals, _allergens in sent.values() for site, _menu in meals} == set(sites)
    assert len(ens.published(SENT)) == 30


def test_after_its_hour_nothing_is_ordered_and_what_was_ordered_is_changed_by_asking(
    ens: Provider,
) -> None:
    group = a_canteen()
    eats_at(ens, group, [soon()], Child("Tom", "Roy"))
    late = hour_of(soon()) + timedelta(minutes=1)
    with pytest.raises(OrderRefused, match="too_late"):
        orders(ens, soon(), late)
    assert ens.published(SENT) == []

    orders(ens, soon(), hour_of(soon()))
    with pytest.raises(OrderRefused, match="unchanged"):
        orders(ens, soon(), late)
    eats_at(ens, group, [soon()], Child("Léa", "Petit"))
    change = orders(ens, soon(), late)

    assert (change.kind, change.version) == (CHANGE, 2)
    with pytest.raises(OrderRefused, match="change_waits"):
        orders(ens, soon(), late)


def test_a_day_gone_by_is_neither_ordered_nor_changed(ens: Provider) -> None:
    group = a_canteen()
    eats_at(ens, group, [soon()], Child("Tom", "Roy"))
    orders(ens, soon())
    eats_at(ens, group, [soon()], Child("Léa", "Petit"))

    with pytest.raises(OrderRefused, match="too_late"):
        orders(ens, soon(), hour_of(soon()) + timedelta(days=3))


def test_an_order_is_sent_anew_until_its_hour_and_not_what_the_cook_did_not_see(
    ens: Provider,
) -> None:
    group = a_canteen()
    tom = eats_at(ens, group, [soon()], Child("Tom", "Roy"))
    eats_at(ens, group, [soon()], Child("Léa", "Petit"))
    seen = mark_of_need(soon())
    cancels(tom)
    eats_at(ens, group, [soon()], Child("Ève", "Roy"), "vegetarian")  # as many meals, another one
    with pytest.raises(OrderRefused, match="moved"):
        orders(ens, soon(), shown=seen)
    orders(ens, soon(), shown=mark_of_need(soon()))
    eats_at(ens, group, [soon()], Child("Max", "Petit"))

    orders(ens, soon(), shown=mark_of_need(soon()))

    assert [(e["kind"], e["version"]) for e in ens.published(SENT)] == [(ORDER, 1), (ORDER, 2)]


def test_an_order_that_was_sent_goes_on_under_the_new_name_of_its_site(ens: Provider) -> None:
    group = a_canteen()
    eats_at(ens, group, [soon()], Child("Tom", "Roy"), allergies=allergic_to("milk"))
    orders(ens, soon())

    with store.write() as write:
        rename_site(write, "École Jules-Ferry", "École Simone-Veil", now())
        rename_kitchen_site(write, "École Jules-Ferry", "École Simone-Veil")

    with store.read() as read:
        assert gaps_of_orders(read, kitchen.KITCHEN, now()) == []
        (shown,) = sent_orders_by_day(read, soon(), soon())[soon()]
        (kept,) = read.scalars(select(MealOrder))
        assert {line["site"] for line in (*shown.meals, *shown.allergens)} == {"École Simone-Veil"}
        assert {line["site"] for line in kept.meals} == {"École Jules-Ferry"}
    with pytest.raises(OrderRefused, match="unchanged"):
        orders(ens, soon())


def test_a_day_without_meals_and_a_service_without_a_caterer_send_nothing(
    ens: Provider, tmp_path: Path
) -> None:
    group = a_canteen()
    with pytest.raises(OrderRefused, match="no_meal"):
        orders(ens, soon())
    eats_at(ens, group, [soon()])
    (tmp_path / "register.json").write_text(json.dumps(demo_rows()))
    ens.settings.register._file._looked_at = 0.0

    with pytest.raises(OrderRefused, match="no_caterer"):
        orders(ens, soon())


def test_an_answer_is_written_once_and_only_where_it_fits(ens: Provider) -> None:
    group = a_canteen()
    eats_at(ens, group, [soon()])
    orders(ens, soon())

    answered(ens, 1, ACCEPTED)
    assert the_order().answer is None, "an order is received, only a change is accepted"
    answered(ens, 1, RECEIVED)
    answered(ens, 1, RECEIVED)
    assert the_order().answer == RECEIVED
    answered(ens, 9, RECEIVED)  # of a version that is unknown here: nothing happens

    eats_at(ens, group, [soon()], Child("Léa", "Petit"))
    orders(ens, soon(), hour_of(soon()) + timedelta(hours=1))
    answered(ens, 2, REFUSED, "Le camion est parti.")
    answered(ens, 2, ACCEPTED)

    assert (the_order(2).answer, the_order(2).reason) == (REFUSED, "Le camion est parti.")
