"""A caterer hears of orders: numbers of its customers, each version answered once."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.enrolment.kitchen.commands.received_orders import Answered, answer_order
from services.enrolment.models import ReceivedOrder
from services.enrolment.store import store
from shared.contracts.enrolment.kitchen import meal_orders
from shared.contracts.enrolment.kitchen.meal_orders import (
    ACCEPTED,
    CHANGE,
    ORDER,
    RECEIVED,
    REFUSED,
)
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import enrolment as make
from tests.factories import kitchen
from tests.factories.enrolment import Desk, Provider

ANSWER = "enrolment_ens.order_answered"


@pytest.fixture
def cui(database: Database, tmp_path: Path) -> Iterator[Provider]:
    """Give the central kitchen of a town."""
    with kitchen.town_with_caterer(database, tmp_path, "enrolment_cui") as provider:
        yield provider


@pytest.fixture
def desk(cui: Provider) -> Desk:
    """Give the caterer's desk with its cook signed in."""
    desk = make.desk_of(cui)
    desk.signs_in(cui.has_agent("cook", name="Pascal Meunier"), "Pascal Meunier")
    return desk


def tomorrow() -> date:
    return today() + timedelta(days=1)


def hears(cui: Provider, version: int = 1, kind: str = ORDER, meals: int = 12, **more: Any) -> None:
    values: dict[str, Any] = {
        "day": tomorrow(),
        "version": version,
        "kind": kind,
        "meals": [{"site": "École Jules-Ferry", "menu": "standard", "meals": meals}],
        "allergens": [{"site": "École Jules-Ferry", "allergen": "milk", "meals": 2}],
        "adults": [{"site": "École Jules-Ferry", "kind": "staff", "meals": 1}],
        "sent_at": now(),
    }
    source = more.pop("source", "enrolment_ens")
    cui.receives_event(meal_orders.meals_ordered, source, **values | more)


def says(version: int, said: str, reason: str = "") -> None:
    with store.write() as write:
        answer_order(
            write, "ens", "enrolment_ens", tomorrow(), version, said, new_id(), now(), reason
        )


def test_an_order_that_comes_twice_is_one_and_what_is_no_customers_is_dropped(
    cui: Provider,
) -> None:
    hears(cui)
    hears(cui)
    hears(cui, source="enrolment_agg")

    with store.read() as read:
        (row,) = read.query(ReceivedOrder).all()
    assert (row.customer, row.version, row.answer) == ("ens", 1, None)


def test_each_version_is_answered_once_and_only_as_fits(cui: Provider) -> None:
    hears(cui)
    with pytest.raises(NotFound):
        says(1, ACCEPTED)
    says(1, RECEIVED)
    with pytest.raises(Answered):
        says(1, RECEIVED)
    hears(cui, 2, CHANGE, 14)
    says(2, REFUSED, "Trop tard.")

    told = [(e["version"], e["answer"], e["reason"]) for e in cui.published(ANSWER)]

    assert told == [(1, RECEIVED, ""), (2, REFUSED, "Trop tard.")]


def test_an_order_that_another_has_replaced_is_answered_no_more(cui: Provider) -> None:
    hears(cui)
    hears(cui, 2)

    with pytest.raises(Answered):
        says(1, RECEIVED)


def test_the_cook_of_the_caterer_reads_orders_alone_confirms_and_refuses_with_a_reason(
    cui: Provider, desk: Desk
) -> None:
    assert desk.client.get("/").headers["Location"] == "/commandes"
    assert "Aucune commande" in desk.sees("/commandes")
    hears(cui)
    page = desk.sees("/commandes")
    assert (
        "Service Enseignement" in page
        and "13 repas" in page
        and "Adultes" in page
        and "à confirmer" in page
    )
    assert "Lait" in page and "Effectifs" not in page and "Enfants" not in page

    order = {"customer": "ens", "jour": tomorrow().isoformat(), "version": "1"}
    sent = desk.sends("/commandes", at="/commandes", answer="received", **order)
    assert sent.status_code == 303
    assert "le service lit que vous avez reçu" in desk.sees("/commandes")

    hears(cui, 2, CHANGE, 14)
    page = desk.sees("/commandes")
    assert "changement demandé" in page and "+2" in page and "13 repas" in page
    change = order | {"version": "2"}
    refused = desk.sends("/commandes", at="/commandes", answer="refused", reason=" ", **change)
    assert refused.status_code == 422 and "Dites pourquoi" in refused.text
    desk.sends("/commandes", at="/commandes", answer="accepted", **change)
    page = desk.sees("/commandes")
    assert "15 repas" in page and "confirmé" in page
    assert [e["answer"] for e in cui.published(ANSWER)] == [RECEIVED, ACCEPTED]

    again = desk.sends("/commandes", at="/commandes", answer="refused", reason="Non", **change)
    assert again.status_code == 303
    assert "rien n’a changé" in desk.sees("/commandes")


def test_an_order_of_nobody_or_nonsense_is_not_found(cui: Provider, desk: Desk) -> None:
    hears(cui)
    order = {"customer": "ens", "jour": tomorrow().isoformat(), "version": "1"}
    for wrong in (
        {"customer": "agg"},
        {"jour": "hier"},
        {"version": "-1"},
        {"version": "7"},
        {"answer": "maybe"},
        {"answer": "accepted"},
    ):
        sent = desk.sends("/commandes", at="/commandes", **{"answer": "received", **order, **wrong})
        assert sent.status_code == 404, wrong


def test_at_a_service_with_children_there_is_no_page_of_orders(
    database: Database, tmp_path: Path
) -> None:
    with kitchen.town_with_caterer(database, tmp_path) as ens:
        desk = make.desk_of(ens)
        desk.signs_in(ens.has_agent("lead"))
        assert desk.client.get("/commandes").status_code == 404
