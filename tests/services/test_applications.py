"""Applications on both databases: who gets a place, who waits, and what becomes of offers."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from services.enrolment.models import Application, Booking, Group, Session
from services.enrolment.offer.calendar import school_year_of
from services.enrolment.offer.importing import import_offer
from services.enrolment.places import allocating, deciding, placing
from services.enrolment.places.allocation import drawn
from services.enrolment.places.applications import Asked, answer_of
from services.enrolment.places.importing import Held, import_places
from services.enrolment.places.offers_due import NO_FILE_AFTER
from services.enrolment.store import store
from shared.clock import midnight, now, today
from shared.contracts.errors import BadRequest, NotEntitled, NotFound
from shared.contracts.places import AlreadyApplied, OfferClosed, TooLate
from shared.ids import new_id
from tests.factories import enrolment as make
from tests.factories import places as family
from tests.factories.enrolment import Child, Provider, item
from tests.factories.offer import imported_activity
from tests.factories.places import Family

TOMORROW = timedelta(days=1)


def notices(provider: Provider) -> list[tuple[str, str]]:
    """Return what households were told: kind and household."""
    return [(one["kind"], one["household_id"]) for one in provider.told("notice")]


def refused(family_: Family, group_id: str) -> type[BaseException]:
    """Return as what an application is refused at once."""
    with pytest.raises(BaseException) as failure:
        family.asks(family_, group_id)
    return failure.type


# Order of arrival


def test_a_family_gets_a_place_at_once_while_there_is_one(ens: Provider) -> None:
    group = family.a_group(places=2)
    (one,) = family.arrived(ens, 1)

    answer = family.asks(one, group, weekdays=[1, 2])

    assert (answer["state"], answer["rank"]) == ("accepted", None)
    (place,) = family.places_in(group)
    assert (place.child_id, place.weekdays, place.valid_from) == (one.child.id, "12", today())
    assert notices(ens) == [("place_given", one.household)]


def test_of_two_applications_for_the_last_place_one_gets_it_and_the_other_is_told_at_once(
    ens: Provider,
) -> None:
    group = family.a_group(places=1)
    first, second = family.arrived(ens, 2)

    given, told = family.asks(first, group), family.asks(second, group)

    assert given["state"] == "accepted"
    assert (told["state"], told["rank"]) == ("waiting", 1)


def test_two_who_ask_in_the_same_instant_share_one_place_between_them_once(ens: Provider) -> None:
    group = family.a_group(places=1)
    families = family.arrived(ens, 6)
    ready, answers = threading.Barrier(len(families)), []

    def ask(one: Family) -> None:
        ready.wait()
        answers.append(family.asks(one, group))

    failures = make.at_once([lambda one=one: ask(one) for one in families])

    assert failures == []
    assert sorted(answer["state"] for answer in answers) == ["accepted", *["waiting"] * 5]
    assert sorted(a["rank"] for a in answers if a["rank"]) == [1, 2, 3, 4, 5]
    assert len(family.places_in(group)) == 1


def test_an_activity_without_a_limit_takes_everybody(ens: Provider) -> None:
    group = family.a_group(places=None)

    answers = [family.asks(one, group)["state"] for one in family.arrived(ens, 3)]

    assert answers == ["accepted"] * 3


def test_a_place_wanted_from_later_on_begins_then(ens: Provider) -> None:
    group = family.a_group(places=1)
    (one,) = family.arrived(ens, 1)

    family.asks(one, group, from_day=today() + timedelta(days=10))

    (place,) = family.places_in(group)
    assert place.valid_from == today() + timedelta(days=10)


def test_who_has_asked_is_not_taken_twice(ens: Provider) -> None:
    group = family.a_group(places=1)
    (one,) = family.arrived(ens, 1)
    answer = family.asks(one, group)

    with pytest.raises(AlreadyApplied) as refusal:
        family.asks(one, group)

    assert refusal.value.detail == {"application_id": answer["application_id"]}


def test_nothing_is_taken_outside_the_window_or_for_what_is_not_open(ens: Provider) -> None:
    (one,) = family.arrived(ens, 1)
    later, past = now() + TOMORROW, now() - TOMORROW

    assert refused(one, family.a_group(opens_at=later)) is OfferClosed
    assert refused(one, family.a_group(opens_at=past - TOMORROW, closes_at=past)) is OfferClosed
    assert refused(one, family.a_group(state="draft")) is OfferClosed
    assert refused(one, new_id()) is NotFound


def test_what_was_asked_in_the_window_counts_from_then_where_it_comes_later(ens: Provider) -> None:
    closed = now() - timedelta(hours=1)
    group = family.a_group(closes_at=closed)
    (one,) = family.arrived(ens, 1)

    application_id = family.applies_at(one, group, closed - timedelta(minutes=1))

    assert family.application(application_id).state == "accepted"


def test_days_on_which_a_group_never_meets_are_refused(ens: Provider) -> None:
    group = family.a_group(group={"weekdays": "1245"})
    (one,) = family.arrived(ens, 1)

    with pytest.raises(BadRequest):
        family.asks(one, group, weekdays=[3])


# Who may ask, and for whom


def test_somebody_who_is_no_guardian_of_a_child_that_is_here_leaves_no_trace(
    ens: Provider,
) -> None:
    group = family.a_group()
    (one,) = family.arrived(ens, 1)

    with pytest.raises(NotEntitled):
        family.asks(Family(one.child), group)

    assert family.states(group) == {}


def test_a_child_too_young_for_the_group_is_refused_with_the_dates(ens: Provider) -> None:
    group = family.a_group(group={"born_from": "", "born_to": None} and {"born_to": today()})
    elder = family.a_group(group={"born_to": today().replace(year=2015)})
    (one,) = family.arrived(ens, 1)

    answer = family.asks(one, elder)

    assert (answer["state"], answer["reason"]) == ("refused", "age")
    assert answer["reason_detail"] == {"born_to": today().replace(year=2015).isoformat()}
    assert notices(ens) == [("refused", one.household)]
    assert family.asks(one, group)["state"] == "accepted"


# En route


def test_an_application_waits_for_the_childs_file_and_is_decided_when_it_comes(
    ens: Provider,
) -> None:
    group, one = family.a_group(), Family()
    answer = family.asks(one, group)
    assert answer["state"] == "en_route"

    ens.receives("care_core", item(one.child.id, 1, one.child.care_core()))
    assert family.application(answer["application_id"]).state == "en_route"
    ens.receives("family", item(one.child.id, 1, one.file))

    found = family.application(answer["application_id"])
    assert (found.state, found.household_id) == ("accepted", one.household)
    assert notices(ens) == [("place_given", one.household)]


def test_the_order_in_which_the_parts_of_a_file_come_is_all_one(ens: Provider) -> None:
    group, one = family.a_group(), Family()
    answer = family.asks(one, group)

    ens.receives("family", item(one.child.id, 1, one.file))
    ens.receives("care_core", item(one.child.id, 1, one.child.care_core()))

    assert family.application(answer["application_id"]).state == "accepted"


def test_what_an_ended_link_left_is_not_the_file_that_is_waited_for(ens: Provider) -> None:
    group, one = family.a_group(), Family()
    family.arrives(ens, one)
    for projection in ("care_core", "family"):
        ens.receives(projection, item(one.child.id, 2, None, now() + TOMORROW))

    answer = family.asks(one, group)
    assert answer["state"] == "en_route"
    family.arrives(ens, one, version=3)

    assert family.application(answer["application_id"]).state == "accepted"


def test_no_place_is_kept_for_a_file_on_its_way_but_its_turn_on_the_list_is(ens: Provider) -> None:
    group, slow = family.a_group(places=1), Family()
    waiting_for = family.asks(slow, group)["application_id"]
    first, second = family.arrived(ens, 2)

    assert family.asks(first, group)["state"] == "accepted"
    assert family.asks(second, group)["rank"] == 1
    family.arrives(ens, slow)

    assert rank(waiting_for) == 1
    assert rank(application_of(group, second)) == 2


def test_files_that_come_together_are_decided_as_they_were_asked(ens: Provider) -> None:
    group = family.a_group(places=1)
    later, sooner = Family(), Family()
    family.applies_at(later, group, now() - timedelta(minutes=1))
    family.applies_at(sooner, group, now() - timedelta(minutes=2))

    both = (later, sooner)
    ens.receives("care_core", *(item(one.child.id, 1, one.child.care_core()) for one in both))
    ens.receives("family", *(item(one.child.id, 1, one.file) for one in both))

    assert family.states(group) == {sooner.child.id: "accepted", later.child.id: "waiting"}


def test_a_file_that_says_otherwise_refuses_who_asked_and_tells_nobody(ens: Provider) -> None:
    group, one = family.a_group(), Family()
    stranger = Family(one.child)
    answer = family.asks(stranger, group)

    family.arrives(ens, one)

    found = family.application(answer["application_id"])
    assert (found.state, found.reason) == ("refused", "not_guardian")
    assert notices(ens) == []


def test_a_file_that_never_comes_ends_the_wait(ens: Provider) -> None:
    group, one = family.a_group(), Family()
    answer = family.asks(one, group)

    family.pass_time(now() + NO_FILE_AFTER - TOMORROW)
    assert family.application(answer["application_id"]).state == "en_route"
    family.pass_time(now() + NO_FILE_AFTER + TOMORROW)

    assert family.application(answer["application_id"]).reason == "no_file"


def test_a_file_that_comes_twice_decides_once(ens: Provider) -> None:
    group, one = family.a_group(), Family()
    family.asks(one, group)

    family.arrives(ens, one)
    family.arrives(ens, one, version=2)

    assert len(family.places_in(group)) == 1
    assert notices(ens) == [("place_given", one.household)]


# Waiting, offers, giving up


def full_group(provider: Provider, waiting: int, **activity: object) -> tuple[str, list[Family]]:
    """Return a group of one place, taken by the first family; the others wait."""
    group = family.a_group(places=1, **activity)
    families = family.arrived(provider, waiting + 1)
    for one in families:
        family.asks(one, group)
    return group, families


def application_of(group_id: str, one: Family) -> str:
    with store.read() as read:
        query = read.query(Application).filter_by(group_id=group_id, child_id=one.child.id)
        return query.order_by(Application.id.desc()).first().id


def rank(application_id: str) -> int | None:
    with store.read() as read:
        found = read.get(Application, application_id)
        assert found is not None
        return answer_of(read, found)["rank"]


def test_a_place_given_up_is_offered_to_the_first_who_waits_and_the_others_move_up(
    ens: Provider,
) -> None:
    group, (holder, first, second) = full_group(ens, waiting=2)

    assert family.withdraws(holder, application_of(group, holder)) == "withdrawn"

    offered = family.application(application_of(group, first))
    assert offered.state == "offered"
    assert offered.answer_until is not None and offered.answer_until > now()
    assert rank(application_of(group, second)) == 1
    assert ("place_offered", first.household) in notices(ens)


def test_a_place_is_given_up_from_tomorrow_on_and_taken_up_from_then(ens: Provider) -> None:
    group, (holder, first) = full_group(ens, waiting=1)
    family.withdraws(holder, application_of(group, holder))

    assert family.answers(first, application_of(group, first)) == "accepted"

    old, new = family.places_in(group)
    assert (old.child_id, old.valid_to) == (holder.child.id, today())
    assert (new.child_id, new.valid_from) == (first.child.id, today() + TOMORROW)


def test_a_place_that_has_not_begun_is_given_up_whole(ens: Provider) -> None:
    group = family.a_group(places=1)
    (one,) = family.arrived(ens, 1)
    answer = family.asks(one, group, from_day=today() + timedelta(days=5))

    family.withdraws(one, answer["application_id"])

    assert family.places_in(group) == []


def test_who_gave_a_place_up_may_ask_again_the_same_day(ens: Provider) -> None:
    group = family.a_group(places=None)
    (one,) = family.arrived(ens, 1)
    answer = family.asks(one, group)
    family.withdraws(one, answer["application_id"])

    assert family.asks(one, group)["state"] == "accepted"

    old, new = family.places_in(group)
    assert (old.valid_to, new.valid_from) == (today(), today() + TOMORROW)


def test_an_offer_that_is_declined_goes_to_the_next(ens: Provider) -> None:
    group, (holder, first, second) = full_group(ens, waiting=2)
    family.withdraws(holder, application_of(group, holder))

    assert family.answers(first, application_of(group, first), accept=False) == "withdrawn"

    assert family.application(application_of(group, second)).state == "offered"


def test_an_offer_that_is_not_answered_goes_to_the_next_and_cannot_be_accepted_after(
    ens: Provider,
) -> None:
    group, (holder, first, second) = full_group(ens, waiting=2)
    family.withdraws(holder, application_of(group, holder))
    offered = family.application(application_of(group, first))
    assert offered.answer_until is not None

    family.pass_time(offered.answer_until)
    assert family.application(offered.id).state == "offered"
    family.pass_time(offered.answer_until + timedelta(minutes=1))

    assert family.application(offered.id).state == "expired"
    assert family.application(application_of(group, second)).state == "offered"
    assert ("offer_expired", first.household) in notices(ens)
    with pytest.raises(TooLate) as refusal:
        family.answers(first, offered.id)
    assert refusal.value.detail == {"until": offered.answer_until.isoformat()}


def test_what_is_said_twice_is_done_once(ens: Provider) -> None:
    group, (holder, first) = full_group(ens, waiting=1)

    for _ in range(2):
        assert family.withdraws(holder, application_of(group, holder)) == "withdrawn"
    for _ in range(2):
        assert family.answers(first, application_of(group, first)) == "accepted"

    assert len(family.places_in(group)) == 2
    assert notices(ens).count(("place_given", first.household)) == 1


def test_nobody_else_answers_an_offer_or_takes_an_application_back(ens: Provider) -> None:
    group, (holder, first) = full_group(ens, waiting=1)
    application_id = application_of(group, holder)

    for stranger in (first, Family(holder.child)):
        with pytest.raises(NotFound):
            family.withdraws(Family(holder.child, stranger.guardian), application_id)

    assert family.application(application_id).state == "accepted"


def test_more_places_are_offered_to_those_who_wait(ens: Provider) -> None:
    group, (_, first, second) = full_group(ens, waiting=2)
    with store.write() as write:
        write.get(Group, group).places = 2

    family.pass_time(now())

    assert family.application(application_of(group, first)).state == "offered"
    assert rank(application_of(group, second)) == 1


def test_a_newcomer_does_not_pass_those_who_wait(ens: Provider) -> None:
    group, (holder, first) = full_group(ens, waiting=1)
    (late,) = family.arrived(ens, 1)
    with store.write() as write:
        place = placing.places_of(write, application_of(group, holder))[0]
        placing.end_place(write, place, today() + timedelta(days=5), now())

    answer = family.asks(late, group, from_day=today() + timedelta(days=20))

    assert (answer["state"], answer["rank"]) == ("waiting", 2)
    assert first.child.id != late.child.id


# Criteria and draws


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
    assert rank(application_of(group, plain)) == 1


def test_a_draw_gives_what_its_printed_seed_says(ens: Provider) -> None:
    group = family.a_group(places=2, allocation="draw")
    families = family.arrived(ens, 5)
    ids = [family.asks(one, group)["application_id"] for one in families]

    allocate(group, seed="graine")

    lots = sorted(ids, key=lambda one: drawn("graine", one))
    assert [family.application(one).state for one in lots] == ["offered"] * 2 + ["waiting"] * 3
    assert [rank(one) for one in lots[2:]] == [1, 2, 3]


def test_who_comes_after_a_draw_stands_behind_all_who_were_drawn(ens: Provider) -> None:
    group = family.a_group(places=1, allocation="draw")
    early = [family.asks(one, group)["application_id"] for one in family.arrived(ens, 4)]
    allocate(group, seed="graine")

    late = [family.asks(one, group)["application_id"] for one in family.arrived(ens, 4)]
    allocate(group, seed="another")

    ranks = {one: rank(one) for one in (*early, *late) if rank(one)}
    assert sorted(ranks.values()) == [1, 2, 3, 4, 5, 6, 7]
    assert max(ranks[one] for one in early if one in ranks) == 3
    assert min(ranks[one] for one in late) == 4


def test_places_are_not_given_before_the_window_has_closed(ens: Provider) -> None:
    group = family.a_group(allocation="draw", closes_at=now() + TOMORROW)

    with pytest.raises(allocating.WindowOpen):
        allocate(group)


def allocate(group_id: str, seed: str = "") -> None:
    with store.write() as write:
        allocating.run(write, write.get(Group, group_id).activity_id, now(), seed)


# The desk, and what came from elsewhere


def test_the_desk_enters_a_request_for_a_child_it_holds_and_for_no_other(ens: Provider) -> None:
    group = family.a_group()
    (one,) = family.arrived(ens, 1)

    entered = enter(one.child.id, group, now())

    assert family.states(group) == {one.child.id: "accepted"}
    assert family.application(entered).household_id == one.household
    assert ("place_given", one.household) in notices(ens)
    with pytest.raises(NotFound):
        enter(new_id(), group, now())


def enter(child_id: str, group_id: str, moment: datetime) -> str:
    asked = Asked(child_id, group_id, new_id(), moment, channel="telephone")
    with store.write() as write:
        return deciding.enter(write, asked, moment).id


def test_a_place_that_the_provider_ends_is_told_and_offered_to_the_next(ens: Provider) -> None:
    group, (holder, first) = full_group(ens, waiting=1)

    with store.write() as write:
        deciding.end(write, application_of(group, holder), today(), now())

    assert ("place_ended", holder.household) in notices(ens)
    assert family.application(application_of(group, first)).state == "offered"


def test_places_from_another_software_are_given_once_and_never_over_capacity(
    ens: Provider,
) -> None:
    group = family.a_group(places=2, group={"reference": "canteen-ferry"})
    one, other, third = family.arrived(ens, 3)
    absent = Family(Child())

    def imported(*families: Family) -> dict[str, object]:
        held = [Held(f.child.id, "canteen-ferry", today(), [1, 2]) for f in families]
        with store.write() as write:
            return import_places(write, held, now())

    assert imported(one, absent) == {"given": 1, "waiting": [absent.child.id]}
    assert imported(one, other)["given"] == 2
    assert len(family.places_in(group)) == 2
    with pytest.raises(BadRequest):
        imported(third)
    family.withdraws(one, application_of(group, one))
    imported(one)
    assert [place.valid_to for place in family.places_in(group)].count(None) == 1


def test_sessions_of_the_day_on_which_offer_and_places_are_imported_are_expected_though_begun(
    ens: Provider,
) -> None:
    evening = midnight(today()) + timedelta(hours=23)
    (one,) = family.arrived(ens, 1)
    told = imported_activity(school_year=school_year_of(today()))
    [told_group] = told["groups"]
    told_group |= {"first_day": today(), "last_day": today() + TOMORROW, "runs_in": "always"}
    told_group |= {"weekdays": [1, 2, 3, 4, 5, 6, 7]}

    with store.write() as write:
        import_offer(write, [], [told], evening)
        held = Held(one.child.id, told_group["reference"], today(), [])
        import_places(write, [held], evening)

    with store.read() as read:
        of_today = select(Booking.child_id).join(Session, Session.id == Booking.session_id)
        assert read.scalars(of_today.where(Session.day == today())).all() == [one.child.id]


def test_the_public_is_told_when_a_group_is_full(ens: Provider) -> None:
    group = family.a_group(places=1)
    (one,) = family.arrived(ens, 1)

    family.asks(one, group)

    published = ens.told("activity_published")[-1]["content"]["groups"]
    assert [(each["group_id"], each["availability"]) for each in published] == [(group, "full")]


# At the front desk, an agent beside the family


def test_what_a_family_asks_at_the_front_desk_has_the_counters_channel_and_is_its_own(
    ens: Provider,
) -> None:
    group = family.a_group(places=2)
    (one,) = family.arrived(ens, 1)

    answer = family.asks_at_counter(one, group)

    asked = family.application(answer["application_id"])
    assert (answer["state"], asked.channel) == ("accepted", "desk")
    assert (asked.subject, asked.household_id) == (one.guardian, one.household)
    assert family.withdraws(one, asked.id) == "withdrawn"


def test_a_stranger_gets_no_place_at_the_front_desk_either(ens: Provider) -> None:
    group = family.a_group(places=2)
    one, other = family.arrived(ens, 2)
    stranger = Family(child=one.child, guardian=other.guardian, household=other.household)

    with pytest.raises(NotEntitled):
        family.asks_at_counter(stranger, group)
    with pytest.raises(BadRequest):  # no link was opened for it: not the family's own request
        family.asks_at_counter(one, group, link_version=0)


def test_who_asked_at_the_front_desk_before_the_file_came_is_checked_when_it_is_here(
    ens: Provider,
) -> None:
    group = family.a_group(places=2)
    one, other = Family(), Family()
    asked = family.asks_at_counter(one, group)["application_id"]
    stranger = Family(child=other.child)
    strange = family.asks_at_counter(stranger, group)["application_id"]

    family.arrives(ens, one)
    family.arrives(ens, other)

    assert family.application(asked).state == "accepted"
    refusal = family.application(strange)
    assert (refusal.state, refusal.reason) == ("refused", "not_guardian")
