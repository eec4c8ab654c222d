"""A tablet in a canteen: ticked, cut off, loaded anew without network, and back."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from services.enrolment.attendance.handovers_between_services.rules.missed_child_alerts import (
    PATIENCE,
    moment_of_hour,
)
from services.enrolment.attendance.marks.queries.attendance_states import resolved_outcomes
from services.enrolment.attendance.tablets.commands import pins, tablets
from services.enrolment.models import Mark, Place, Tablet, UnknownChild
from services.enrolment.store import store
from shared.contracts.dossier.sharing import handovers_between_services as relays
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.web.language import typography
from tests.factories import enrolment as make
from tests.factories.attendance import a_session, booked
from tests.factories.enrolment import Child, item
from tests.journeys.conftest import PHONE, TOWN_PORT_BASE, NewPage
from tests.journeys.desk_alone import DeskAlone, desk_alone
from tests.journeys.looks import faults, faults_of_low_vision, is_sound

PIN = "739164"
WIDE = (1180, 820)
TABLET = (768, 1024)
NAMES = ("Amine Benali", "Manon Lefèvre", "Nathan Petit", "Zoé Tessier", "Lou Martin")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskAlone]:
    """Give the desk of a provider that stands alone."""
    with desk_alone(tmp_path_factory.mktemp("desk"), TOWN_PORT_BASE + 60) as running:
        yield running


class Canteen:
    """A group of today, a tablet, and an agent with a PIN."""

    def __init__(self, desk: DeskAlone, label: str, role: str = "kitchen") -> None:
        self.desk, self.label = desk, label
        self.children = [Child(*name.split()) for name in NAMES]
        for child in self.children:
            severe = ("arachide",) if child.first_name == "Manon" else ()
            desk.provider.receives_child(
                child, allergies=make.allergies(*severe), diet=make.diet("vegetarian")
            )
        self.subject = desk.provider.has_agent(role, name=f"Sophie {label}")
        pins.set_pin(store, self.subject, PIN)
        with store.write() as write:
            self.session = a_session(write, label=label)
            for child in self.children:
                booked(write, self.session, child.id)
            self.secret = tablets.enrol_tablet(write, f"Tablette {label}", new_id(), now())

    def opened_on(self, page: Page) -> None:
        principal = self.desk.provider.settings.principal
        cookie = {"name": f"{principal}_tablet", "value": self.secret, "url": self.desk.url}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(f"{self.desk.url}/pointage/")
        self.enters_pin(page)
        self.opens_list(page)

    def enters_pin(self, page: Page) -> None:
        page.get_by_label("Votre nom").select_option(label=f"Sophie {self.label}")
        page.get_by_label("Votre code à 6 chiffres").fill(PIN)
        page.get_by_role("button", name="Ouvrir", exact=True).click()

    def opens_list(self, page: Page) -> None:
        page.get_by_role("button", name=re.compile(f"· {self.label} ")).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(self.label)

    def receives_from_beside(self, name: str, at: str) -> None:
        """Let a guardian have declared that a child comes from another service today."""
        relay = {"relay_id": new_id(), "version": 1, "child_id": self.child(name).id}
        days = {"weekdays": [today().isoweekday()], "valid_from": today(), "valid_to": None}
        side = {"side": relays.RECEIVES, "other": "agg", "at": at, "ended": False}
        self.desk.provider.receives_event(relays.handover_declared, **relay, **days, **side)

    def has_placed(self, child: Child) -> None:
        """Give a child who may not have eggs a place in the group, and no booking of today."""
        self.desk.provider.receives_child(child, allergies=make.allergies("œuf"))
        values = {"child_id": child.id, "group_id": self.session.group_id, "weekdays": ""}
        with store.write() as write:
            write.add(Place(id=new_id(), valid_from=today(), **values))

    def ticks(self) -> list[tuple[str, str]]:
        """Return what was ticked of hand-overs, and told."""
        return [
            (fact["act"], fact["at"]) for fact in self.desk.provider.published("handover_marked")
        ]

    def child(self, name: str) -> Child:
        return next(c for c in self.children if f"{c.first_name} {c.last_name}" == name)

    def marks(self) -> list[Mark]:
        with store.read() as read:
            return list(read.query(Mark).filter_by(session_id=self.session.id))

    def state(self, name: str) -> str | None:
        with store.read() as read:
            found = resolved_outcomes(read, [self.session.id]).get(
                (self.session.id, self.child(name).id)
            )
        return found[0] if found else None


NEIGHBOUR = {"name": "Paul Morel", "relation": "voisin", "phone": ""}
NOT_HERE = "Allergies et PAI : demandez au bureau, cet appareil ne les a pas"


def add_guest(page: Page, typed: str, button: str) -> None:
    """Add a child who was not expected, found by a part of its name or as it was typed."""
    page.get_by_role("button", name="Enfant non prévu").click()
    page.get_by_label("Nom ou prénom").fill(typed)
    page.get_by_role("dialog").get_by_role("button", name=button).click()


def day_in_words(day: date) -> str:
    return typography.day(day, "fr", day)


def tick(page: Page, name: str, what: str) -> None:
    page.get_by_role("group", name=name).locator(".ticks").get_by_text(what).click()


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something has arrived."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not arrive"
        time.sleep(0.1)


def test_a_tablet_that_is_cut_off_and_loaded_anew_loses_no_mark_and_doubles_none(
    desk: DeskAlone, new_page: NewPage
) -> None:
    # Given a tablet that has opened its list with network, and ticked one child.
    canteen = Canteen(desk, "CE1")
    canteen.receives_from_beside("Zoé Tessier", at="00:00")
    page = new_page(WIDE)
    canteen.opened_on(page)
    expect(page.get_by_text("arachide : conduite à tenir")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready")
    tick(page, "Zoé Tessier", "Absent")
    until(lambda: len(canteen.marks()) == 1)

    # When the network goes, and ticking goes on, over a reload.
    page.context.set_offline(True)
    tick(page, "Manon Lefèvre", "Présent")
    page.get_by_role("button", name="Pointer présents les 3 réservés sans alerte").click()
    unsent = page.get_by_text("4 pointages pas encore envoyés")
    expect(unsent).to_be_visible()
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.get_by_role("group", name="Zoé").scroll_into_view_if_needed()
    expect(unsent).to_be_in_viewport()
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.reload()
    canteen.enters_pin(page)
    canteen.opens_list(page)
    expect(page.get_by_text("sans réseau")).to_be_visible()
    expect(page.get_by_role("group", name="Manon").get_by_label("Présent")).to_be_checked()
    expect(page.get_by_role("group", name="Zoé").get_by_label("Absent")).to_be_checked()
    tick(page, "Lou Martin", "Absent")
    page.get_by_role("button", name="Enfant non prévu").click()
    page.get_by_label("Nom ou prénom").fill("Cousin de Lou")
    page.get_by_role("button", name="Ajouter « Cousin de Lou »").click()
    expect(page.get_by_text("6 pointages pas encore envoyés")).to_be_visible()
    assert len(canteen.marks()) == 1

    # And a child comes from another service, late: the alert is quieted here at once.
    zoe = page.get_by_role("group", name="Zoé")
    is_missed = now() >= moment_of_hour(today(), "00:00") + PATIENCE  # not as a day begins
    if is_missed:
        alert = page.get_by_text("1 enfant n’est pas arrivé d’un service à l’autre.")
        expect(alert).to_be_visible()
        page.get_by_role("button", name="Voir les passages").click()
        expect(zoe).to_contain_text("Pas arrivé : appelez Sports de l’agglomération")
    else:
        page.get_by_role("button", name="Transferts").click()
    is_sound(page)
    zoe.get_by_text("Reçu", exact=True).click()
    expect(zoe).to_contain_text("Reçu à")
    expect(page.get_by_text("7 pointages pas encore envoyés")).to_be_visible()
    is_sound(page)
    page.wait_for_timeout(1000)  # the tablet knows the server's clock but for a part of a second
    pressed = now()
    assert canteen.ticks() == []

    # Then all of them arrive, once, when it is back.
    page.context.set_offline(False)
    until(lambda: len(canteen.marks()) == 6)
    expect(page.get_by_text("pas encore envoyé")).to_have_count(0)
    ((act, at),) = canteen.ticks()
    assert act == relays.RECEIVED and datetime.fromisoformat(at) <= pressed
    expect(zoe).to_contain_text("Alerte levée à" if is_missed else "Reçu à")
    assert [canteen.state(name) for name in NAMES] == [
        "present",
        "present",
        "present",
        "absent",
        "absent",
    ]
    with store.read() as read:
        assert read.query(UnknownChild).filter_by(session_id=canteen.session.id).count() == 1
        assert read.query(Tablet).filter_by(label="Tablette CE1").one().unsent == 0


READ_ALL = """async () => {
  const kept = [];
  const whenDone = (asked) => new Promise((done) => {
    asked.onsuccess = () => done(asked.result);
  });
  const readable = (value) => value instanceof ArrayBuffer
    ? new TextDecoder("latin1").decode(value) : JSON.stringify(value);
  for (const { name } of await indexedDB.databases()) {
    const base = await whenDone(indexedDB.open(name));
    for (const store of base.objectStoreNames) {
      const rows = await whenDone(base.transaction(store).objectStore(store).getAll());
      for (const row of rows) kept.push(...Object.values(row).map(readable));
    }
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const asked of await cache.keys()) {
      kept.push(asked.url, await (await cache.match(asked)).text());
    }
  }
  kept.push(JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }));
  return kept.join("\\n");
}"""


def test_a_tablet_that_wakes_without_network_the_next_morning_takes_yesterdays_list_for_no_other(
    desk: DeskAlone, new_page: NewPage
) -> None:
    canteen, page = Canteen(desk, "Éveil"), new_page(WIDE)
    canteen.opened_on(page)
    expect(page.locator("#other-day")).to_be_hidden()

    page.context.set_offline(True)
    box = page.get_by_role("group", name="Nathan Petit").get_by_text("Présent").bounding_box()
    assert box is not None
    page.clock.set_system_time(now() + timedelta(days=1))
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    # what that touch was meant for is gone: the PIN is asked for, and nobody is marked
    expect(page.get_by_role("heading", name="Ouvrir la tablette")).to_be_visible()
    canteen.enters_pin(page)
    row = page.get_by_role("button", name=re.compile("· Éveil "))
    expect(row).to_contain_text(day_in_words(today()))
    expect(page.get_by_text("Aucune séance aujourd’hui")).to_be_visible()
    canteen.opens_list(page)
    expect(page.locator("#other-day")).to_contain_text(
        f"Liste d’un autre jour : {day_in_words(today())}"
    )
    expect(
        page.get_by_role("group", name="Nathan Petit").get_by_label("Présent")
    ).not_to_be_checked()
    is_sound(page)


def test_a_list_left_open_over_night_at_a_desk_gives_way_to_the_sessions_of_the_day(
    desk: DeskAlone, new_page: NewPage
) -> None:
    canteen, page = Canteen(desk, "Minuit"), new_page(WIDE)
    page.context.add_cookies([desk.cookie(canteen.subject)])  # type: ignore[list-item]
    page.goto(f"{desk.url}/pointage/")
    canteen.opens_list(page)

    page.clock.set_system_time(now() + timedelta(days=1))

    expect(page.get_by_role("heading", name="Séances du jour")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name=re.compile("· Minuit "))).to_contain_text(
        day_in_words(today())
    )


def test_nothing_on_the_device_can_be_read_without_the_pin(
    desk: DeskAlone, new_page: NewPage
) -> None:
    canteen = Canteen(desk, "CP")
    page = new_page(WIDE)
    canteen.opened_on(page)
    page.evaluate("navigator.serviceWorker.ready")
    page.context.set_offline(True)
    tick(page, "Amine Benali", "Présent")
    page.get_by_role("button", name="Enfant non prévu").click()
    page.get_by_label("Nom ou prénom").fill("Hippolyte")
    page.get_by_role("button", name="Ajouter « Hippolyte »").click()
    expect(page.get_by_text("2 pointages pas encore envoyés")).to_be_visible()

    kept = page.evaluate(READ_ALL)

    assert "preau.css" in kept and len(kept) > 20_000
    for word in ("Benali", "Amine", "Lefèvre", "arachide", "Hippolyte", "0639980001", PIN):
        assert word not in kept, word
    page.reload()
    page.get_by_label("Votre nom").select_option(label="Sophie CP")
    page.get_by_label("Votre code à 6 chiffres").fill("111222")
    page.get_by_role("button", name="Ouvrir", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_text("Benali")).to_have_count(0)


def test_health_details_ask_for_the_pin_again_and_lists_are_on_the_device(
    desk: DeskAlone, new_page: NewPage
) -> None:
    canteen = Canteen(desk, "CM1")
    page = new_page(WIDE)
    canteen.opened_on(page)
    tick(page, "Manon Lefèvre", "Présent")
    page.context.set_offline(True)

    page.get_by_role("button", name="Fiche : Manon Lefèvre").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("gonflement")).to_have_count(0)
    dialog.get_by_label("Votre code à 6 chiffres ouvre la fiche").fill("111222")
    dialog.get_by_role("button", name="Ouvrir").click()
    expect(dialog.get_by_text("Ce code ne convient pas.")).to_be_visible()
    dialog.get_by_label("Votre code à 6 chiffres ouvre la fiche").fill(PIN)
    dialog.get_by_role("button", name="Ouvrir").click()
    expect(dialog.get_by_text("gonflement")).to_be_visible()
    dialog.get_by_role("button", name="Fermer").click()

    page.get_by_role("button", name="Évacuation").click()
    expect(dialog.get_by_role("listitem")).to_have_text(["Manon Lefèvre"])


def test_an_emergency_without_network_opens_the_sheets_and_is_told_when_it_is_back(
    desk: DeskAlone, new_page: NewPage
) -> None:
    canteen = Canteen(desk, "CM3")
    page = new_page(WIDE)
    canteen.opened_on(page)
    page.context.set_offline(True)

    page.get_by_role("button", name="Urgence").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Votre code à 6 chiffres ouvre la fiche").fill(PIN)
    dialog.get_by_role("button", name="Ouvrir").click()
    dialog.get_by_text("Manon Lefèvre").click()
    expect(dialog.get_by_text("gonflement")).to_be_visible()
    is_sound(page)

    page.context.set_offline(False)
    until(
        lambda: any(
            line["purpose"] == "emergency" and line["subject"] == canteen.subject
            for line in desk.provider.published("projection_read")
        )
    )


def test_one_tap_takes_the_group_back(desk: DeskAlone, new_page: NewPage) -> None:
    canteen = Canteen(desk, "CM2")
    page = new_page(WIDE)
    canteen.opened_on(page)

    page.get_by_role("button", name="Pointer présents les 4 réservés sans alerte").click()
    until(lambda: canteen.state("Lou Martin") == "present")
    page.get_by_role("button", name="Annuler le dernier geste").click()

    until(lambda: canteen.state("Lou Martin") is None)
    assert canteen.state("Manon Lefèvre") is None
    expect(page.locator("#counts")).to_contain_text("5 à pointer")


def test_an_open_list_says_what_a_family_told_meanwhile_though_the_child_is_ticked(
    desk: DeskAlone, new_page: NewPage
) -> None:
    canteen = Canteen(desk, "GS")
    page = new_page(TABLET)
    canteen.opened_on(page)
    tick(page, "Nathan Petit", "Présent")
    until(lambda: canteen.state("Nathan Petit") == "present")
    page.get_by_role("button", name="Feuille allergies").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Votre code à 6 chiffres ouvre la fiche").fill(PIN)
    dialog.get_by_role("button", name="Ouvrir").click()
    expect(dialog).to_contain_text("Manon Lefèvre")

    nathan = canteen.child("Nathan Petit")
    desk.provider.receives("allergies", item(nathan.id, 2, make.allergies("sésame")))
    page.evaluate("dispatchEvent(new Event('online'))")  # as every minute, but at once

    expect(dialog).to_contain_text("La liste vient de changer")
    dialog.get_by_role("button", name="Fermer").click()
    news = page.locator("#news")
    expect(news).to_contain_text("Nathan Petit")
    expect(news).to_contain_text("Santé : reçu aujourd’hui")
    row = page.get_by_role("group", name="Nathan Petit")
    expect(row).to_contain_text("sésame : conduite à tenir")
    expect(row.get_by_label("Présent")).to_be_checked()
    is_sound(page)
    news.get_by_role("button", name="C’est lu").click()
    expect(news).to_be_hidden()


def test_a_child_who_was_not_expected_stays_on_the_list_until_its_mark_has_left(
    desk: DeskAlone, new_page: NewPage
) -> None:
    # Given a tablet without network, on which a child was added who has a place on other days.
    canteen, page, guest = Canteen(desk, "MS"), new_page(TABLET), Child("Inès", "Moreau")
    canteen.has_placed(guest)
    canteen.opened_on(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="Enfant non prévu").click()
    page.get_by_label("Nom ou prénom").fill("Inès")
    page.get_by_role("button", name="Inès Moreau").click()
    row = page.get_by_role("group", name="Inès Moreau")
    expect(row.get_by_label("Présent")).to_be_checked()

    # When the network is back, and the list is read anew before any mark could leave.
    page.context.route("**/pointage/envoi", lambda route: route.abort())
    nathan = canteen.child("Nathan Petit")
    desk.provider.receives("allergies", item(nathan.id, 2, make.allergies("sésame")))
    page.context.set_offline(False)
    expect(page.locator("#news")).to_contain_text("Nathan Petit")

    # Then the child is still there, in the list of an evacuation too, and arrives once.
    expect(row.get_by_label("Présent")).to_be_checked()
    page.get_by_role("button", name="Évacuation").click()
    expect(page.get_by_role("dialog")).to_contain_text("Inès Moreau")
    page.get_by_role("dialog").get_by_role("button", name="Fermer").click()
    page.context.unroute("**/pointage/envoi")
    until(lambda: [mark.child_id for mark in canteen.marks()] == [guest.id])

    # And once its mark is at the desk its allergy is here, before the next look of every minute.
    expect(row).to_contain_text("œuf : conduite à tenir", timeout=10_000)
    expect(row).not_to_contain_text("La fiche arrive avec le réseau")


def test_who_comes_unexpected_without_network_has_what_another_list_here_knows_of_its_care(
    desk: DeskAlone, new_page: NewPage
) -> None:
    # Given a tablet on which one animator has opened the lists of two groups.
    other, canteen, page = Canteen(desk, "Lutins"), Canteen(desk, "Géants"), new_page(PHONE)
    canteen.opened_on(page)
    page.get_by_role("button", name="Séances du jour").click()
    other.opens_list(page)
    page.get_by_role("button", name="Séances du jour").click()
    canteen.opens_list(page)

    # When a child of the other group comes while there is no network, and one whom nobody knows.
    page.context.set_offline(True)
    manon = other.child("Manon Lefèvre")
    add_guest(page, "Manon", "Manon Lefèvre")
    add_guest(page, "Cousin de Lou", "Ajouter « Cousin de Lou »")

    # Then her allergy and her sheet are there, and of him it is said that nothing is.
    row = page.locator(f"#child-{manon.id}")
    expect(row).to_contain_text("arachide : conduite à tenir")
    expect(row).to_contain_text("fiche de la liste Lutins de")
    expect(row).not_to_contain_text(NOT_HERE)
    expect(page.locator(".pupil", has_text="Cousin de Lou")).to_contain_text(NOT_HERE)
    is_sound(page)
    row.get_by_role("button", name="Fiche").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Votre code à 6 chiffres ouvre la fiche").fill(PIN)
    dialog.get_by_role("button", name="Ouvrir").click()
    expect(dialog.get_by_text("gonflement")).to_be_visible()


def test_a_name_typed_by_mistake_leaves_the_list_with_network_and_without(
    desk: DeskAlone, new_page: NewPage
) -> None:
    canteen, page = Canteen(desk, "Étourdis"), new_page((768, 1024))
    canteen.opened_on(page)
    page.evaluate("navigator.serviceWorker.ready")
    list_names = page.locator("#children")

    def typed_names() -> list[UnknownChild]:
        with store.read() as read:
            return list(read.query(UnknownChild).filter_by(session_id=canteen.session.id))

    # Right after it was typed, one tap takes it back.
    add_guest(page, "Cousim de Lou", "Ajouter « Cousim de Lou »")
    until(lambda: len(typed_names()) == 1)
    page.get_by_role("button", name="Annuler le dernier geste").click()
    expect(list_names).not_to_contain_text("Cousim de Lou")
    until(lambda: all(each.resolved_at for each in typed_names()))

    # Later it is on its line; without network, over a reload, and it is not counted outside.
    page.context.set_offline(True)
    add_guest(page, "Cousin de Lou", "Ajouter « Cousin de Lou »")
    add_guest(page, "Hipolite", "Ajouter « Hipolite »")
    page.get_by_role("button", name="Retirer : Hipolite").click()
    is_sound(page)
    page.get_by_role("dialog").get_by_role("button", name="Retirer de la liste").click()
    expect(list_names).not_to_contain_text("Hipolite")
    page.reload()
    canteen.enters_pin(page)
    canteen.opens_list(page)
    expect(list_names).to_contain_text("Cousin de Lou")
    expect(list_names).not_to_contain_text("Hipolite")
    page.get_by_role("button", name="Évacuation").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 présent")
    page.get_by_role("dialog").get_by_role("button", name="Fermer").click()

    # What leaves once the network is back is the one who is there.
    page.context.set_offline(False)
    expect(page.get_by_text("pas encore envoyé")).to_have_count(0)
    until(lambda: [bool(each.name) for each in typed_names()].count(True) == 1)
    expect(page.get_by_role("button", name="Retirer : Cousin de Lou")).to_be_visible()
    expect(list_names).not_to_contain_text("Hipolite")
    assert all(each.resolved_at or each.name for each in typed_names())


def test_who_comes_unexpected_without_network_and_without_a_sheet_is_on_every_list_of_care(
    desk: DeskAlone, new_page: NewPage
) -> None:
    canteen, page, guest = Canteen(desk, "Farfadets"), new_page(PHONE), Child("Inès", "Moreau")
    canteen.has_placed(guest)
    canteen.opened_on(page)
    page.context.set_offline(True)

    add_guest(page, "Inès", "Inès Moreau")

    row = page.get_by_role("group", name="Inès Moreau")
    expect(row).to_contain_text(NOT_HERE)
    is_sound(page)
    for pressed in ("Feuille allergies", "Urgence"):
        page.get_by_role("button", name=pressed).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Votre code à 6 chiffres ouvre la fiche").fill(PIN)
        dialog.get_by_role("button", name="Ouvrir").click()
        expect(dialog.get_by_role("article").filter(has_text="Inès Moreau")).to_contain_text(
            NOT_HERE
        )
        dialog.get_by_role("button", name="Fermer").click()

    page.context.set_offline(False)
    expect(row).to_contain_text("œuf : conduite à tenir", timeout=20_000)
    expect(row).not_to_contain_text(NOT_HERE)


def test_with_whom_a_child_left_is_one_tap_more_without_network_too_and_no_name_lies_open(
    desk: DeskAlone, new_page: NewPage
) -> None:
    # Given an evening without network, with a neighbour who may come for two of the children.
    canteen, page = Canteen(desk, "Soir", role="lead"), new_page(PHONE)
    for name in ("Manon Lefèvre", "Nathan Petit"):
        child = canteen.child(name)
        desk.provider.receives("pickup", item(child.id, 1, {"people": [NEIGHBOUR]}))
    canteen.opened_on(page)
    page.context.set_offline(True)
    manon, nathan = (page.get_by_role("group", name=each) for each in ("Manon", "Nathan"))

    # When one leaves with the neighbour, and another by a mistake that is taken back.
    tick(page, "Manon Lefèvre", "Présent")
    tick(page, "Manon Lefèvre", "Parti")
    expect(manon.get_by_text("avec qui ?")).to_be_visible()
    is_sound(page)
    manon.get_by_text("Paul Morel, voisin").click()
    expect(manon.locator("summary")).to_contain_text("Paul Morel, voisin")
    kept = page.evaluate(READ_ALL)
    assert "Morel" not in kept
    tick(page, "Nathan Petit", "Présent")
    tick(page, "Nathan Petit", "Parti")
    expect(manon.get_by_text("un parent")).to_be_hidden()
    page.get_by_role("button", name="Annuler le dernier geste").click()
    expect(nathan.get_by_label("Présent")).to_be_checked()

    # And somebody else comes: what to do is said in the same words for every child.
    tick(page, "Nathan Petit", "Parti")
    nathan.get_by_role("button", name="Quelqu’un d’autre").click()
    expect(page.get_by_role("dialog")).to_contain_text("appelez ses responsables")
    is_sound(page)
    page.get_by_role("dialog").get_by_role("button", name="Fermer").click()

    # Then it arrives as it was said, over a reload too.
    page.reload()
    canteen.enters_pin(page)
    canteen.opens_list(page)
    expect(manon.locator("summary")).to_contain_text("Paul Morel, voisin")
    page.context.set_offline(False)
    until(lambda: len([mark for mark in canteen.marks() if mark.collected_by]) == 1)
    until(lambda: canteen.state("Nathan Petit") == "left")
    assert canteen.state("Manon Lefèvre") == "left"
    page.reload()
    canteen.enters_pin(page)
    canteen.opens_list(page)
    expect(manon.locator("summary")).to_contain_text("Paul Morel, voisin")
    expect(nathan.locator("summary")).to_contain_text("avec qui ?")


def test_a_tick_of_another_device_that_could_not_see_this_one_asks_to_be_checked(
    desk: DeskAlone, new_page: NewPage
) -> None:
    canteen = Canteen(desk, "CE2")
    one, other = new_page(WIDE), new_page(WIDE)
    canteen.opened_on(one)
    one.context.set_offline(True)
    tick(one, "Nathan Petit", "Présent")
    other.context.add_cookies([desk.cookie(canteen.subject)])  # type: ignore[list-item]
    other.goto(f"{desk.url}/pointage/")
    canteen.opens_list(other)
    tick(other, "Nathan Petit", "Absent")
    until(lambda: len(canteen.marks()) == 1)

    one.context.set_offline(False)
    until(lambda: len(canteen.marks()) == 2)
    other.reload()
    canteen.opens_list(other)

    expect(other.get_by_text("À vérifier : deux appareils se contredisent")).to_be_visible()
    tick(other, "Nathan Petit", "Présent")
    until(lambda: canteen.state("Nathan Petit") == "present")
    expect(other.get_by_text("À vérifier : deux")).to_have_count(0)


def test_a_list_of_165_opens_at_its_top_with_every_act_in_reach_and_finds_a_child_by_letter(
    desk: DeskAlone, new_page: NewPage
) -> None:
    canteen = Canteen(desk, "Grande salle")
    names = [f"{chr(ord('A') + at % 26)}enfant{at:03}" for at in range(160)]
    children = [Child("Camille", name) for name in names]
    cores = [item(child.id, 1, child.care_core()) for child in children]
    for at in range(0, len(cores), 40):
        desk.provider.receives("care_core", *cores[at : at + 40])
    with store.write() as write:
        for child in children:
            booked(write, canteen.session, child.id)
    page = new_page(TABLET)
    canteen.opened_on(page)
    expect(page.locator("#counts")).to_contain_text("165 attendus")

    assert page.evaluate("window.scrollY") == 0
    _acts_are_in_reach(page)
    page.get_by_role("link", name="T", exact=True).click()
    expect(page.get_by_role("group", name="Zoé Tessier")).to_be_in_viewport()
    assert page.evaluate("window.scrollY") > 0
    _acts_are_in_reach(page)
    expect(page.locator("#no-network")).to_be_hidden()
    assert faults(page) == []

    page.get_by_label("Chercher dans la liste").fill("tessier zoe")
    expect(page.locator("#children > fieldset:visible")).to_have_count(1)
    tick(page, "Zoé Tessier", "Présent")
    page.get_by_label("Chercher dans la liste").fill("")
    page.locator("#f-here").check(force=True)
    expect(page.locator("#children > fieldset:visible")).to_have_count(1)
    page.locator("#f-open").check(force=True)
    tick(page, "Lou Martin", "Absent")
    expect(page.get_by_role("group", name="Lou Martin")).to_be_visible()
    _emergency_stays_beside_undo(page)
    page.get_by_role("button", name="Séances du jour").click()
    canteen.opens_list(page)
    assert page.evaluate("window.scrollY") == 0


def _emergency_stays_beside_undo(page: Page) -> None:
    for width, height in (PHONE, (820, 1180), TABLET):
        page.set_viewport_size({"width": width, "height": height})
        boxes = [page.locator(each).bounding_box() for each in ("#undo", "#emergency")]
        assert len({box["y"] for box in boxes if box}) == 1, f"pushed to another row at {width}"


def _acts_are_in_reach(page: Page) -> None:
    for name in (
        re.compile("Pointer présents les"),
        "Enfant non prévu",
        "Clôturer le pointage",
        "Évacuation",
        "Urgence",
    ):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    expect(page.get_by_label("Chercher dans la liste")).to_be_in_viewport(ratio=1)
    page.wait_for_timeout(100)  # the letters follow a scroll in the browser's next frame
    parts = [page.locator(each).bounding_box() for each in (".roll-head", "#letters", ".roll-dock")]
    head, letters, dock = [(box["y"], box["y"] + box["height"]) for box in parts if box]
    assert head[1] <= letters[0] and letters[1] <= dock[0], "every letter is between both"


@pytest.mark.parametrize(
    ("screen", "scheme"),
    [(PHONE, "dark"), pytest.param(WIDE, "light", marks=pytest.mark.nightly)],
)
def test_axe_finds_nothing_on_the_tablet_and_nothing_overflows(
    desk: DeskAlone, new_page: NewPage, screen: tuple[int, int], scheme: str
) -> None:
    canteen = Canteen(desk, f"Groupe {scheme} {screen[0]}")
    canteen.receives_from_beside("Amine Benali", at="23:50")
    page = new_page(screen)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    principal = desk.provider.settings.principal
    cookie = {"name": f"{principal}_tablet", "value": canteen.secret, "url": desk.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(f"{desk.url}/pointage/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    found = faults(page)
    canteen.enters_pin(page)
    expect(page.get_by_role("heading", name="Séances du jour")).to_be_visible()
    found += faults(page)
    canteen.opens_list(page)
    tick(page, "Lou Martin", "Absent")
    found += faults(page) + faults_of_low_vision(page)

    small = page.evaluate(
        "[...document.querySelectorAll('.ticks label')]"
        ".filter((e) => e.offsetParent && e.offsetHeight < 50).length"
    )
    page.get_by_role("button", name="Enfant non prévu").click()
    found += faults(page)
    page.get_by_role("dialog").get_by_role("button", name="Fermer").click()
    page.get_by_role("button", name="Transferts", exact=True).click()
    found += faults(page)

    assert (found, small) == ([], 0)
