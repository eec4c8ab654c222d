"""Rule R5: health not seen by 18 h on the eve alerts the desk and tells the family, on both."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from services.enrolment.children.queries import contents, parts_kept_for_counting
from services.enrolment.store import store, vault
from shared.dates.clock import PARIS, today
from shared.runtime.expiring_caches import RecentlyUsed
from shared.runtime.ids import new_id
from tests.factories import attendance, offer
from tests.factories import enrolment as make
from tests.factories.enrolment import Child, Provider, allergies, item
from tests.plans import counted

HOME = new_id()


def monday() -> date:
    """Return the Monday of the week after next."""
    return today() + timedelta(days=14 - today().weekday())


def friday() -> date:
    """Return the eve of that Monday, on which somebody works."""
    return monday() - timedelta(days=3)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), PARIS)


def expected(child: Child, day: date, **hours: str) -> None:
    """Book the child's lunch of a day."""
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write), **hours)
        session = offer.session_on(write, group, day)
        attendance.booked(write, session, child.id, household_id=HOME)


def allergic(ens: Provider, **core: Any) -> Child:
    """Let a child with an allergy arrive, which nobody has seen."""
    child = Child()
    ens.receives_child(child, allergies=allergies("arachide"))
    return child


def told(ens: Provider) -> list[dict[str, Any]]:
    return [event for event in ens.published("notice") if event["kind"] == "health_unseen"]


def test_an_allergy_not_seen_by_18_h_on_the_eve_is_told_to_the_family_with_the_number_to_call(
    ens: Provider,
) -> None:
    child = allergic(ens)
    expected(child, monday())

    ens.service._notify_of_unseen_health(at(friday(), 17, 59))
    assert told(ens) == []
    ens.service._notify_of_unseen_health(at(friday(), 18))
    ens.service._notify_of_unseen_health(at(friday(), 18, 5))

    [notice] = told(ens)
    assert (notice["household_id"], notice["child_ids"]) == (HOME, [child.id])
    assert notice["detail"] == {
        "activity": "Restauration scolaire",
        "days": [monday().isoformat()],
        "phone": ens.settings.register.provider("ens").phone,
    }


def test_what_was_seen_in_time_alerts_nobody(ens: Provider) -> None:
    child = allergic(ens)
    expected(child, monday())
    kitchen = make.desk_of(ens)
    kitchen.signs_in(ens.has_agent("kitchen"))
    kitchen.sends(f"/enfants/{child.id}/vu/allergies", at=f"/enfants/{child.id}", version="1")

    ens.service._notify_of_unseen_health(at(friday(), 19))

    assert told(ens) == []


def test_a_change_that_comes_after_18_h_is_told_at_once(ens: Provider) -> None:
    child = Child()
    ens.receives_child(child)
    expected(child, monday())
    ens.service._notify_of_unseen_health(at(friday(), 18, 30))
    assert told(ens) == []  # a care core without a PAI is no health

    ens.receives("allergies", item(child.id, 1, allergies("arachide")))
    ens.service._notify_of_unseen_health(at(monday() - timedelta(days=1), 20))

    assert len(told(ens)) == 1


def test_a_care_plan_not_seen_is_health_and_a_diet_is_not(ens: Provider) -> None:
    with_plan, with_diet = Child(), Child(first_name="Louis")
    plan = with_plan.care_core(care_plan=make.care_plan())
    ens.receives("care_core", item(with_plan.id, 1, plan))
    ens.receives_child(with_diet, diet=make.diet())
    for child in (with_plan, with_diet):
        expected(child, monday())

    ens.service._notify_of_unseen_health(at(friday(), 18))

    assert [notice["child_ids"] for notice in told(ens)] == [[with_plan.id]]


def test_the_eve_is_the_last_day_on_which_somebody_works(ens: Provider) -> None:
    child = allergic(ens)
    tuesday = monday() + timedelta(days=1)
    with store.write() as write:
        offer.days_off(write, "closed", [monday()])
    expected(child, tuesday)

    ens.service._notify_of_unseen_health(at(friday(), 18))

    assert len(told(ens)) == 1


def test_a_child_that_is_not_expected_alerts_nobody(ens: Provider) -> None:
    allergic(ens)

    ens.service._notify_of_unseen_health(at(friday(), 18))

    assert told(ens) == []


def test_the_desk_names_the_children_to_who_answers_for_the_day_and_not_their_health(
    ens: Provider,
) -> None:
    child = allergic(ens)
    expected(child, today(), starts="00:01", ends="23:59")
    lead = make.desk_of(ens)
    lead.signs_in(ens.has_agent("lead"))

    page = lead.sees("/")

    assert "1 enfant vient aujourd’hui, et son information de santé n’a pas été vue" in page
    assert "Manon Lefèvre" in page
    assert "arachide" not in page.lower()


def test_families_told_already_are_not_written_to_again(ens: Provider) -> None:
    for _ in range(3):
        expected(allergic(ens), monday())
    ens.service._notify_of_unseen_health(at(friday(), 18))

    with counted(store) as statements:
        ens.service._notify_of_unseen_health(at(friday(), 18, 5))

    assert len(told(ens)) == 3
    assert sum("notice_sent" in each for each in statements) == 1, statements
    assert not any(each.startswith(("INSERT", "UPDATE")) for each in statements)


def test_a_look_opens_no_care_core_again_and_misses_none_that_has_changed(
    ens: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_kept_for_counting, "FEW", 0)
    children = [Child() for _ in range(3)]
    for child in children:
        ens.receives("care_core", item(child.id, 1, child.care_core()))
        expected(child, monday())
    ens.service._notify_of_unseen_health(at(friday(), 18))

    with counted(store) as statements:
        ens.service._notify_of_unseen_health(at(friday(), 18, 2))
    assert not [each for each in statements if "held_projection.content" in each]
    assert told(ens) == []

    plan = children[1].care_core(care_plan=make.care_plan())
    ens.receives("care_core", item(children[1].id, 2, plan))
    ens.service._notify_of_unseen_health(at(friday(), 18, 4))
    ens.receives("care_core", item(children[1].id, 2, plan))  # delivered once more
    ens.service._notify_of_unseen_health(at(friday(), 18, 6))

    assert [notice["child_ids"] for notice in told(ens)] == [[children[1].id]]


def test_of_more_children_than_a_process_keeps_keys_of_those_are_read_some_at_a_time(
    ens: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = [allergic(ens) for _ in range(6)]
    monkeypatch.setattr(contents, "AT_ONCE", 2)
    monkeypatch.setattr(vault, "_cache", RecentlyUsed[str, Any](3))

    with counted(vault) as statements, store.read() as read:
        found = contents.contents_of_projection(read, vault, "allergies")

    assert found.keys() == {child.id for child in children}
    assert len(statements) == 3, statements
