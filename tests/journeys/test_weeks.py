"""A family's weeks in one gesture: two children, several services, one save, on a phone."""

from datetime import date, timedelta
from urllib.parse import urlencode, urljoin

import holidays
import pytest
from playwright.sync_api import Locator, Page, expect

from shared.dates.clock import today
from shared.dates.periods import monday_of
from shared.web.language.typography import day as said
from tests.journeys.bus import held_still, until, until_whole
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.keyboard import press
from tests.journeys.looks import is_sound, is_sound_at_every_width
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Parent, as_sent, child_id, until_shown, words_as_sent
from tests.journeys.taps import JOURNEYS, Hand
from tests.journeys.town import DemoTown

LOGIN, ELDER, YOUNGER = "raphaele.loizel@example.com", "Bastien", "Gabin"
LUNCH, DANCE = "Repas du port", "Ronde du port"
EVENING, POTTERY = "Accueil du soir du port", "Poterie du port"
SCHOOL_DAYS = [1, 2, 4, 5]
LIGHT_PAGE, SHORT_PAGE = 60_000, 900
LEAST_BOX, LEAST_LINK = 44, 24


@pytest.fixture(scope="module")
def offered(town: DemoTown) -> None:
    """Give two brothers lunches at one service and dance at another, nothing of it booked."""
    by_day = {"booking": "by_day", "weekdays": SCHOOL_DAYS}
    offer_every_day(town, "ens", "journey-port", LUNCH, "canteen", **by_day)
    offer_every_day(town, "agg", "journey-ronde", DANCE, "judo", ("23:50", "23:52"), **by_day)
    for child in (ELDER, YOUNGER):
        give_place(town, "ens", "journey-port", child_id(town, LOGIN, child))
        give_place(town, "agg", "journey-ronde", child_id(town, LOGIN, child))


@pytest.fixture(scope="module")
def four_lines(town: DemoTown, offered: None) -> None:
    """Give each of them two more services on four days."""
    by_day = {"booking": "by_day", "weekdays": SCHOOL_DAYS}
    evening, pottery = ("23:45", "23:47"), ("23:40", "23:42")
    offer_every_day(town, "ens", "journey-quay", EVENING, "evening_care", evening, **by_day)
    offer_every_day(town, "agg", "journey-pottery", POTTERY, "judo", pottery, **by_day)
    for child in (ELDER, YOUNGER):
        give_place(town, "ens", "journey-quay", child_id(town, LOGIN, child))
        give_place(town, "agg", "journey-pottery", child_id(town, LOGIN, child))


@pytest.fixture
def parent(town: DemoTown, offered: None, new_page: NewPage) -> Parent:
    """Give their mother, signed in on a phone, nothing of next week booked."""
    parent = Parent(town, new_page(PHONE), LOGIN)
    parent.sign_in()
    for activity in (DANCE, LUNCH):
        until(lambda shown=activity: shown in words_as_sent(parent.page, next_week(town)))
    _cancels_all(parent.page, next_week(town))
    return parent


def test_eight_lunches_for_two_children_are_three_taps_and_taken_back_by_one(
    town: DemoTown, parent: Parent
) -> None:
    page, hand = parent.page, Hand(parent.page, JOURNEYS)
    count = 2 * len(school_days())

    hand.begins_at(town.portal)
    hand.taps_on(page.locator(f"a[href*='du={monday()}']").first)
    hand.taps_on(page.get_by_role("link", name="pour tous").and_(_about(page, LUNCH)))
    expect(page.locator("[data-sum]")).to_contain_text(f"{count} changements, +")
    hand.taps_on(_save(page))
    confirmation = page.locator("#confirmation")
    expect(confirmation).to_be_focused()
    expect(confirmation).to_contain_text(f"{count} réservations enregistrées")
    expect(confirmation).to_contain_text(ELDER)
    expect(confirmation).to_contain_text(said(school_days()[-1], "fr", today()))
    hand.tells("eight lunches for two children", most=6)
    is_sound_in_light_and_dark(page)

    hand.begins_here()
    hand.taps_on(page.get_by_role("button", name=f"Annuler ces {count} changements"))
    expect(confirmation).to_contain_text(f"{count} changements enregistrés")
    hand.tells("the same, taken back", most=1)
    expect(_box(page, ELDER, LUNCH, school_days()[0])).not_to_be_checked()


def test_a_sick_child_is_four_taps(town: DemoTown, parent: Parent) -> None:
    page, hand = parent.page, Hand(parent.page, JOURNEYS)
    page.goto(next_week(town))
    today_ = _box(page, ELDER, LUNCH, school_days()[0])
    today_.check()
    _save(page).click()
    expect(page.locator("#confirmation")).to_contain_text("1 réservation enregistrée")

    hand.begins_at(town.portal)
    hand.taps_on(page.locator("main a[href*='/absence']").first)
    hand.taps_on(page.get_by_label(ELDER, exact=True))
    page.get_by_label("Du", exact=True).fill(school_days()[0].isoformat())
    page.get_by_label("Au", exact=True).fill(school_days()[0].isoformat())
    hand.taps_on(page.get_by_role("button", name="Voir ce qui est réservé"))
    hand.taps_on(page.get_by_role("button", name="Confirmer l’absence"))
    expect(page.locator("main")).to_contain_text("annulé à temps")
    hand.tells("a child is sick, told to all services", most=4)


def test_the_week_of_two_children_is_light_short_and_sound(
    town: DemoTown, new_page: NewPage
) -> None:
    parent = Parent(town, new_page(PHONE), "geraldine.yvinec@example.org")
    parent.sign_in()
    page = parent.page

    answer = page.goto(next_week(town))

    assert answer is not None
    end = page.locator(".weekgrid").evaluate("grid => grid.getBoundingClientRect().bottom")
    lines = page.locator(".line").count()
    print(f"| week of two children, {lines} lines | {len(answer.body())} bytes | {end:.0f} px |")
    assert len(answer.body()) < LIGHT_PAGE
    assert end < SHORT_PAGE
    is_sound_in_light_and_dark(page)
    for view in ("mois", "vacances"):
        page.goto(f"{next_week(town)}&vue={view}")
        is_sound_in_light_and_dark(page)


def test_four_lines_for_each_of_two_children_end_as_high_and_a_thumb_meets_each_box(
    town: DemoTown, parent: Parent, four_lines: None
) -> None:
    page = parent.page
    until_shown(page, EVENING, next_week(town))
    until_shown(page, POTTERY, next_week(town))
    _keeps_lines_of_each(page, 4)

    end = page.locator(".weekgrid").evaluate("grid => grid.getBoundingClientRect().bottom")
    print(f"| week of two children, {page.locator('.line').count()} lines | {end:.0f} px |")
    assert page.locator(".line").count() == 8
    assert end < SHORT_PAGE
    assert _least_height(page, "label.cell") >= LEAST_BOX
    assert _least_height(page, ".line .all") >= LEAST_LINK
    below = " ".join(page.locator(".deadlines").inner_text().split())
    assert below.count("jusqu’au jour même, 23 h 54") == 1
    is_sound_in_light_and_dark(page)


def test_the_page_stays_where_it_was_and_what_is_ticked_stays_ticked(
    town: DemoTown, parent: Parent, new_page: NewPage
) -> None:
    page, elsewhere = parent.page, new_page(PHONE)
    first, last = school_days()[0], school_days()[-1]
    page.goto(next_week(town))
    _box(page, YOUNGER, DANCE, last).check()
    page.evaluate("scrollTo(0, 200)")

    other = Parent(town, elsewhere, LOGIN)
    other.sign_in()
    elsewhere.goto(next_week(town))
    _box(elsewhere, ELDER, LUNCH, first).check()
    _save(elsewhere).click()
    expect(elsewhere.locator("#confirmation")).to_be_focused()

    expect(_cell(page, ELDER, LUNCH, first)).to_have_class("cell was")  # the page renewed itself
    expect(_box(page, YOUNGER, DANCE, last)).to_be_checked()
    expect(_box(page, ELDER, DANCE, last)).not_to_be_checked()  # the brothers share the session
    before = page.evaluate("scrollY")
    _save(page).evaluate("button => button.click()")  # a thumb scrolls nothing into view
    confirmation = page.locator("#confirmation")
    expect(confirmation).to_be_focused()
    expect(confirmation).to_be_in_viewport()
    assert abs(page.evaluate("scrollY") - before) < 2
    expect(confirmation).to_contain_text(f"{YOUNGER}, {DANCE}, {said(last, 'fr', today())}")


def test_a_service_that_is_stopped_leaves_its_days_on_their_way(
    town: DemoTown, parent: Parent
) -> None:
    page, first = parent.page, school_days()[0]
    page.goto(next_week(town))
    _box(page, ELDER, LUNCH, first).check()
    _box(page, ELDER, DANCE, first).check()

    with held_still(town, "enrolment_agg"):
        _save(page).click()
        confirmation = page.locator("#confirmation")
        expect(confirmation).to_contain_text("1 changement enregistré, 1 en route")
        expect(_cell_of_day(page, ELDER, DANCE, first)).to_contain_text("en route")
        expect(_box(page, ELDER, LUNCH, first)).to_be_checked()
        is_sound_in_light_and_dark(page)

    until_whole(town)
    expect(_box(page, ELDER, DANCE, first)).to_be_checked(timeout=60_000)  # by itself


def test_a_desk_in_english_books_by_the_keyboard_alone(
    town: DemoTown, parent: Parent, new_page: NewPage
) -> None:
    desk = Parent(town, new_page(DESK), LOGIN)
    desk.sign_in()
    page, first = desk.page, school_days()[0]
    page.goto(next_week(town))
    page.get_by_role("button", name="English").or_(page.get_by_role("link", name="English")).click()
    page.goto(next_week(town))

    press(page, page.get_by_label(f"{ELDER}, {LUNCH}, {said(first, 'en', today())}"), "Space")
    press(page, page.get_by_role("button", name="Save", exact=True))

    expect(page.locator("#confirmation")).to_be_focused()
    expect(page.locator("#confirmation")).to_contain_text("1 booking saved")
    expect(page.get_by_role("button", name="Undo this change")).to_be_visible()
    is_sound_in_light_and_dark(page)


def test_without_a_script_all_of_it_works(town: DemoTown, parent: Parent) -> None:
    page, first = _without_script(parent), school_days()[0]
    count = 2 * len(school_days())
    page.goto(next_week(town))
    expect(page.locator(".save")).to_contain_text("Cochez, puis enregistrez")

    page.get_by_role("link", name="pour tous").and_(_about(page, LUNCH)).click()
    expect(page.locator("main")).to_contain_text(f"{count} cases ont changé")
    _save(page).click()
    expect(page.locator("#confirmation")).to_contain_text(f"{count} réservations enregistrées")
    expect(page.locator("#confirmation")).to_be_in_viewport()
    page.get_by_role("button", name="jusqu’aux vacances").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Du ")
    expect(_box(page, ELDER, LUNCH, first)).to_be_checked()
    page.goto(next_week(town))
    _box(page, ELDER, LUNCH, first).uncheck(force=True)
    _save(page).click()
    expect(page.locator("#confirmation")).to_contain_text("annulé à temps")
    page.get_by_role("link", name="Fermer").click()
    expect(page.locator("#confirmation")).to_have_count(0)
    page.context.close()


def next_week(town: DemoTown) -> str:
    return f"{town.portal}/semaine?du={monday()}"


def monday() -> date:
    return monday_of(today()) + timedelta(weeks=1)


def school_days() -> list[date]:
    """Return the days of next week on which both services meet."""
    days = [monday() + timedelta(days=weekday - 1) for weekday in SCHOOL_DAYS]
    return [day for day in days if day not in holidays.France(years=day.year)]


def is_sound_in_light_and_dark(page: Page) -> None:
    """Assert that nothing is wrong in both schemes, at every width; the page keeps its width."""
    own = page.viewport_size
    page.emulate_media(color_scheme="dark")
    is_sound(page)
    page.emulate_media(color_scheme="light")
    is_sound_at_every_width(page)
    if own:
        page.set_viewport_size(own)


def _keeps_lines_of_each(page: Page, count: int) -> None:
    """Leave of each child the day’s last lines: what else the town gives differs by season."""
    page.locator(".child-week").evaluate_all(
        """(all, count) => all.forEach(child =>
          [...child.querySelectorAll(".line")].slice(0, -count).forEach(line => line.remove()))""",
        count,
    )


def _least_height(page: Page, of: str) -> float:
    heights = page.locator(of).evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().height)"
    )
    return float(min(heights))


def _box(page: Page, child: str, activity: str, on: date) -> Locator:
    return page.get_by_label(f"{child}, {activity}, {said(on, 'fr', today())}")


def _cell(page: Page, child: str, activity: str, on: date) -> Locator:
    return _box(page, child, activity, on).locator("xpath=..")


def _cell_of_day(page: Page, child: str, activity: str, on: date) -> Locator:
    named = f"{child}, {activity}, {said(on, 'fr', today())}"
    return page.locator(".cell").filter(has_text=named)


def _about(page: Page, activity: str) -> Locator:
    return page.locator(f".line[data-activity='{activity}'] .all")


def _save(page: Page) -> Locator:
    return page.get_by_role("button", name="Enregistrer", exact=True)


def _cancels_all(page: Page, address: str) -> None:
    """Leave next week as it was, nothing booked at both services: its form is sent undrawn."""
    [form] = [each for each in as_sent(page, address).forms if each.find_class("cell")]
    for line in form.find_class("line"):
        if line.get("data-activity", "").endswith("du port"):
            for box in line.xpath(".//input[@type='checkbox']"):
                box.checked = False
    answer = page.request.post(
        urljoin(address, form.action),
        data=urlencode(form.form_values()),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Referer": address},
    )
    assert answer.ok and 'id="confirmation"' in answer.text(), answer.status


def _without_script(parent: Parent) -> Page:
    """Return a page with the same cookies, of a browser that runs no script."""
    browser = parent.page.context.browser
    assert browser is not None
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]},
        locale="fr-FR",
        java_script_enabled=False,
        storage_state=parent.page.context.storage_state(),
    )
    return context.new_page()
