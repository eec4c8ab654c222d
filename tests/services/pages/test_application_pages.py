"""The desk's pages of applications and groups, on both databases, as a browser sees them."""

import re
from datetime import date, timedelta

import pytest

from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.models import Activity, Group, School
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.web.base.automatic_requests import BY_ITSELF
from shared.web.base.flashes_kept_on_refresh import SHOWN
from tests.factories import enrolment as make
from tests.factories import places as family
from tests.factories.bookings import orders_at
from tests.factories.enrolment import Child, Desk, Provider, item
from tests.factories.places import Family


@pytest.fixture
def desk(ens: Provider) -> Desk:
    """Give its desk with somebody of the school desk signed in."""
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("school_desk"))
    return desk


def activity_of(group_id: str) -> str:
    with store.read() as read:
        group = read.get(Group, group_id)
        assert group is not None
        return group.activity_id


def named(provider: Provider, first_name: str, last_name: str = "Martin") -> Family:
    """Let the file of a child of this name arrive."""
    one = Family(Child(first_name, last_name, "2018-03-12"))
    family.arrives(provider, one)
    return one


def test_who_does_not_handle_applications_does_not_see_that_there_are_pages(
    ens: Provider, desk: Desk
) -> None:
    group = family.a_group()
    (one,) = family.arrived(ens, 1)
    application_id = family.asks(one, group)["application_id"]
    desk.signs_in(ens.has_agent("kitchen"))

    assert "Demandes" not in desk.sees("/enfants")
    activity = activity_of(group)
    for path in (
        "/demandes",
        f"/demandes/activite/{activity}",
        f"/demandes/groupe/{group}",
        f"/demandes/{application_id}",
        f"/demandes/activite/{activity}/tirage",
        f"/demandes/nouvelle/{one.child.id}",
        "/groupes",
        f"/groupes/{group}",
    ):
        desk.sees(path, status=404)


def test_the_desk_begins_with_what_is_taken_what_waits_and_what_is_to_be_decided(
    ens: Provider, desk: Desk
) -> None:
    group = family.a_group(places=1)
    for one in family.arrived(ens, 3):
        family.asks(one, group)
    family.a_group(places=8, allocation="draw", label="Poney")

    words = desk.sees("/demandes")

    assert "Demandes" in words and "Poney" in words
    assert "1 place prise sur 1" in words
    assert "2 en attente" in words


def test_a_list_shows_channel_state_and_rank_in_the_order_of_the_waiting_list(
    ens: Provider, desk: Desk
) -> None:
    group = family.a_group(places=1)
    for name in ("Anna", "Boris", "Chloé"):
        family.asks(named(ens, name), group)

    words = desk.sees(f"/demandes/groupe/{group}")

    listed = re.findall(r"Martin (\S+) \S+ (Liste d’attente|Place donnée) (\d|–) – (\w+)", words)
    assert listed == [
        ("Boris", "Liste d’attente", "1", "portail"),
        ("Chloé", "Liste d’attente", "2", "portail"),
        ("Anna", "Place donnée", "–", "portail"),
    ]


def test_a_child_whose_file_is_on_its_way_has_no_name_yet(ens: Provider, desk: Desk) -> None:
    group = family.a_group()
    application_id = family.asks(Family(Child("Inconnue")), group)["application_id"]

    for path in (f"/demandes/groupe/{group}", f"/demandes/{application_id}"):
        words = desk.sees(path)
        assert "Enfant dont le dossier est en route" in words and "Inconnue" not in words


def test_an_offer_is_accepted_for_a_family_that_called(ens: Provider, desk: Desk) -> None:
    group = family.a_group(places=1)
    holder, first = named(ens, "Anna"), named(ens, "Boris")
    held, waiting = (family.asks(one, group)["application_id"] for one in (holder, first))
    page = f"/demandes/{held}"
    desk.sends(f"{page}/terminer", at=page, last_day=today().isoformat())
    offer = f"/demandes/{waiting}"
    assert "réponse attendue jusqu’au " in desk.sees(offer)

    desk.sends(f"{offer}/accepter", at=offer)

    assert family.application(waiting).state == "accepted"
    assert "C’est fait. La famille est prévenue." in desk.sees(offer)


def test_a_desk_page_that_renews_itself_keeps_what_it_says_and_takes_nothing_from_another(
    ens: Provider, desk: Desk
) -> None:
    group = family.a_group(places=1)
    first, _second = family.arrived(ens, 2)
    page = f"/demandes/{family.asks(first, group)['application_id']}"
    desk.sends(f"{page}/terminer", at=page, last_day=today().isoformat())

    of_another = desk.client.get(page, headers={BY_ITSELF: "1"}).text
    own = desk.client.get(page).text
    shown = re.search(r'data-shown="([^"]+)"', own)
    assert shown
    renewed = desk.client.get(page, headers={BY_ITSELF: "1", SHOWN: shown[1]}).text

    assert "C’est fait" not in of_another
    assert "C’est fait" in own
    assert "C’est fait" in renewed


def test_what_is_no_longer_possible_is_said_with_how_things_stand(
    ens: Provider, desk: Desk
) -> None:
    group = family.a_group(places=1)
    one = named(ens, "Anna")
    application_id = family.asks(one, group)["application_id"]
    page = f"/demandes/{application_id}"
    family.withdraws(one, application_id)

    desk.sends(f"{page}/terminer", at="/demandes", last_day=today().isoformat())

    words = desk.sees(page)
    assert "Cela n’est plus possible" in words and "Retirée" in words


def test_a_place_ends_today_or_later(ens: Provider, desk: Desk) -> None:
    group = family.a_group(places=1)
    application_id = family.asks(named(ens, "Anna"), group)["application_id"]
    page = f"/demandes/{application_id}"

    yesterday = (today() - timedelta(days=1)).isoformat()
    answer = desk.sends(f"{page}/terminer", at=page, last_day=yesterday)

    assert answer.status_code == 422
    assert family.application(application_id).state == "accepted"


def test_what_the_criteria_give_is_shown_before_it_is_done(ens: Provider, desk: Desk) -> None:
    criteria = [{"code": "sibling", "label": "Fratrie", "points": 3}]
    group = family.a_group(places=1, allocation="criteria", criteria=criteria)
    plain, sibling = named(ens, "Anna"), named(ens, "Boris")
    family.asks(plain, group)
    family.asks(sibling, group, criteria=["sibling"])
    page = f"/demandes/activite/{activity_of(group)}/attribuer"

    words = desk.sees(page)
    assert words.index("Boris Martin") < words.index("place proposée") < words.index("Anna Martin")
    assert "attente, rang 1" in words
    assert set(family.states(group).values()) == {"deciding"}

    desk.sends(page, at=page)

    assert family.states(group) == {plain.child.id: "waiting", sibling.child.id: "offered"}


def test_a_draw_prints_its_seed_and_the_lots_so_that_anybody_may_draw_again(
    ens: Provider, desk: Desk
) -> None:
    group = family.a_group(places=1, allocation="draw")
    ids = [family.asks(named(ens, name), group)["application_id"] for name in ("Anna", "Boris")]
    page = f"/demandes/activite/{activity_of(group)}/tirage"
    assert "2 demandes attendent le tirage" in desk.sees(page)

    desk.sends(page, at=page, seed="noel-2026")

    words = desk.sees(page)
    assert "noel-2026" in words
    assert all(one in words for one in ids)
    assert sorted(family.states(group).values()) == ["offered", "waiting"]
    desk.sends(page, at="/demandes/nouvelle?q=x", seed="noel-2027")
    with store.read() as read:
        activity = read.get(Activity, activity_of(group))
    assert activity is not None and activity.seed == "noel-2026"


def test_a_seed_of_one_letter_or_with_signs_is_refused(ens: Provider, desk: Desk) -> None:
    group = family.a_group(places=1, allocation="draw")
    family.asks(named(ens, "Anna"), group)
    page = f"/demandes/activite/{activity_of(group)}/tirage"

    assert desk.sends(page, at=page, seed="é!").status_code == 422
    assert set(family.states(group).values()) == {"deciding"}


def test_places_are_not_given_while_requests_still_come(ens: Provider, desk: Desk) -> None:
    closes = now() + timedelta(days=1)
    group = family.a_group(places=1, allocation="draw", closes_at=closes)
    family.asks(named(ens, "Anna"), group)
    page = f"/demandes/activite/{activity_of(group)}/tirage"

    assert "le tirage se fait ensuite" in desk.sees(page)
    desk.sends(page, at="/demandes/nouvelle?q=x", seed="graine")

    assert set(family.states(group).values()) == {"deciding"}


def test_a_request_by_telephone_is_entered_for_a_child_that_is_found(
    ens: Provider, desk: Desk
) -> None:
    group = family.a_group(places=3)
    one = named(ens, "Anna")
    assert "Anna Martin" in desk.sees("/demandes/nouvelle?q=anna")
    page = f"/demandes/nouvelle/{one.child.id}"
    assert "Demande pour Anna Martin" in desk.sees(page)

    wanted = {"group": group, "channel": "telephone", "weekdays": ["1", "4"]}
    answer = desk.sends(page, at=page, **wanted)

    assert answer.status_code == 303
    words = desk.sees(answer.location)
    assert "téléphone" in words and "Place donnée" in words and "lundi, jeudi" in words
    assert desk.sends(page, at=page, **wanted).status_code == 422


def test_a_request_for_single_days_is_entered_without_a_fixed_day(
    ens: Provider, desk: Desk
) -> None:
    group = family.a_group(places=3)
    page = f"/demandes/nouvelle/{named(ens, 'Anna').child.id}"
    wanted = {"group": group, "channel": "telephone", "no_fixed_day": "yes"}

    refused = desk.sends(page, at=page, weekdays="1", **wanted)
    answer = desk.sends(page, at=page, **wanted)

    assert refused.status_code == 422 and "Choisissez l’un ou l’autre" in refused.text
    assert "aucun jour fixe" in desk.sees(answer.location)
    (place,) = family.places_in(group)
    assert place.weekdays == ""


def test_the_list_of_a_group_has_the_days_as_they_stand_and_says_where_none_is_fixed(
    ens: Provider, desk: Desk
) -> None:
    group = family.a_group(places=3)
    changed, single = named(ens, "Anna"), named(ens, "Lou")
    family.asks(changed, group, weekdays=[1, 4])
    family.asks(single, group, no_fixed_day=True)
    place = next(each for each in family.places_in(group) if each.child_id == changed.child.id)
    days = {"place_id": place.id, "weekdays": [2], "from_day": place.valid_from}

    orders_at(
        ens,
        "set_week",
        changed.guardian,
        OrderTime.at_once(),
        child_id=changed.child.id,
        **days,
    )

    words = desk.sees(f"/groupes/{group}")
    assert "mardi" in words and "aucun jour fixe" in words
    assert "lundi, jeudi" not in words, "its days before"


def test_a_form_that_lacks_something_says_what(ens: Provider, desk: Desk) -> None:
    family.a_group()
    page = f"/demandes/nouvelle/{named(ens, 'Anna').child.id}"

    answer = desk.sends(page, at=page, channel="portal", from_day="demain")

    assert answer.status_code == 422
    for sentence in ("Choisissez un groupe.", "Dites comment", "Écrivez une date"):
        assert sentence in answer.text


def test_what_fits_the_child_is_offered_first_and_the_rest_says_why_not(
    ens: Provider, desk: Desk
) -> None:
    school = {"street": "1 rue", "postcode": "28000", "insee": "28901", "commune": "Aubeval"}
    with store.write() as write:
        for name in ("École Jules-Ferry", "École des Tilleuls"):
            write.add(School(id=new_id(), name=name, folded=name, levels="", **school))
    for label in ("École Jules-Ferry", "École des Tilleuls"):
        family.a_group(places=3, group={"label": label, "site": label})
    family.a_group(places=3, group={"label": "Grands", "born_to": date(2015, 1, 1)})
    one = named(ens, "Anna")
    ens.receives(
        "schooling",
        item(one.child.id, 1, {"school": "École Jules-Ferry", "grade": "CE1", "class_name": ""}),
    )

    words = desk.sees(f"/demandes/nouvelle/{one.child.id}")

    fitting, _summary, others = words.partition("Les 2 autres groupes, et pourquoi")
    assert "École Jules-Ferry" in fitting and "Grands" not in fitting
    assert "École des Tilleuls" not in fitting and "École des Tilleuls" in others
    assert "l’enfant est à École Jules-Ferry" in others
    assert "Ne remplit pas les conditions : âge" in others


def test_chosen_applications_are_accepted_together_and_what_changed_is_said(
    ens: Provider, desk: Desk
) -> None:
    group = family.a_group(places=3, allocation="criteria")
    asked = [
        family.asks(named(ens, name), group)["application_id"]
        for name in ("Anna", "Boris", "Chloé")
    ]
    words = desk.sees("/demandes")
    assert all(name in words for name in ("Anna Martin", "Boris Martin", "Chloé Martin"))
    at = f"/demandes/{asked[2]}"
    desk.sends(f"{at}/retirer", at=at)

    answer = desk.sends("/demandes/accepter", at="/demandes", applications=[*asked, new_id()])

    assert answer.location == "/demandes"
    assert [family.application(each).state for each in asked] == [
        "accepted",
        "accepted",
        "withdrawn",
    ]
    words = desk.sees("/demandes")
    assert "2 demandes sont acceptées." in words and "2 demandes n’ont pas pu" in words
    assert "À décider" not in words


def test_what_each_channel_got_is_shown_beside_the_others(ens: Provider, desk: Desk) -> None:
    group = family.a_group(places=2)
    family.asks(named(ens, "Anna"), group)
    page = f"/demandes/nouvelle/{named(ens, 'Boris').child.id}"
    desk.sends(page, at=page, group=group, channel="paper")
    family.asks(named(ens, "Chloé"), group)

    words = desk.sees(f"/demandes/activite/{activity_of(group)}")

    assert re.search(r"portail : 1 1 sur 2 demandes ont une place", words)
    assert re.search(r"papier : 1 1 sur 1 demande a une place", words)
    assert "attente médiane : tout de suite" in words


def test_twins_and_children_of_one_name_are_told_apart_in_their_group(
    ens: Provider, desk: Desk
) -> None:
    group = family.a_group(places=9)
    for name in ("Léa", "Lou", "Léa"):
        family.asks(named(ens, name), group)

    words = desk.sees(f"/groupes/{group}")

    assert "Martin Lou" in words
    assert "Martin Léa (1)" in words and "Martin Léa (2)" in words
    assert "3 places prises sur 9" in words
    assert "3 places prises sur 9" in desk.sees("/groupes")


def test_what_never_was_is_not_found(desk: Desk) -> None:
    for path in ("/demandes/{}", "/demandes/groupe/{}", "/demandes/activite/{}", "/groupes/{}"):
        desk.sees(path.format(new_id()), status=404)


def test_a_child_of_another_school_is_entered_only_with_a_reason_that_is_kept(
    ens: Provider, desk: Desk
) -> None:
    group = family.a_group(places=3, group={"conditions": {"school": ["École Jules-Ferry"]}})
    one = named(ens, "Anna")
    told = {"school": "École des Tilleuls", "grade": "CE1", "class_name": ""}
    ens.receives("schooling", item(one.child.id, 1, told))
    page = f"/demandes/nouvelle/{one.child.id}"

    assert "Ne remplit pas les conditions : école" in desk.sees(page)
    refused = desk.sends(page, at=page, group=group, channel="telephone")
    entered = desk.sends(page, at=page, group=group, channel="telephone", exception="derogation")

    assert refused.status_code == 422
    assert "Dites pourquoi vous acceptez cet enfant" in refused.text
    assert "Dérogation accordée" in desk.sees(entered.location)
    assert family.states(group) == {one.child.id: "accepted"}


def test_of_a_child_that_fulfils_the_conditions_no_exception_is_kept(
    ens: Provider, desk: Desk
) -> None:
    group, one = family.a_group(places=3), named(ens, "Anna")
    page = f"/demandes/nouvelle/{one.child.id}"

    entered = desk.sends(page, at=page, group=group, channel="desk", exception="sibling")

    application_id = entered.location.rpartition("/")[2]
    assert family.application(application_id).exception == ""


def test_the_desk_is_shown_who_no_longer_fulfils_the_conditions(ens: Provider, desk: Desk) -> None:
    group = family.a_group(places=3, group={"conditions": {"school": ["École Jules-Ferry"]}})
    one = named(ens, "Anna")
    told = {"school": "École Jules-Ferry", "grade": "CE1", "class_name": ""}
    ens.receives("schooling", item(one.child.id, 1, told))
    family.asks(one, group)
    assert "Ne remplit plus" not in desk.sees(f"/groupes/{group}")

    ens.receives("schooling", item(one.child.id, 2, told | {"school": "École des Tilleuls"}))

    assert "Ne remplit plus les conditions : école" in desk.sees(f"/groupes/{group}")
    assert family.states(group) == {one.child.id: "accepted"}


def test_a_school_to_come_opens_its_groups_at_the_counter_from_that_day(
    ens: Provider, desk: Desk
) -> None:
    group = family.a_group(places=3, group={"conditions": {"school": ["École des Tilleuls"]}})
    one, day = named(ens, "Anna"), today() + timedelta(days=6)
    told = {"school": "École Jules-Ferry", "grade": "CE1", "class_name": ""}
    coming = {"day": day.isoformat(), **told, "school": "École des Tilleuls"}
    ens.receives("schooling", item(one.child.id, 1, told | {"next": coming}))
    page = f"/demandes/nouvelle/{one.child.id}"

    assert "quand l’enfant ira à l’école : École des Tilleuls" in desk.sees(page)
    early = desk.sends(page, at=page, group=group, channel="desk")
    entered = desk.sends(page, at=page, group=group, channel="desk", from_day=day.isoformat())

    assert early.status_code == 422
    assert "Ne remplit" not in desk.sees(entered.location)
    assert "Ne remplit" not in desk.sees(f"/groupes/{group}")
    assert family.states(group) == {one.child.id: "accepted"}
