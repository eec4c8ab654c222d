"""Portal rows of a grown town: cards of guardians and households, bills, a notice of each."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bench.grown.laying import AT_ONCE, lay
from bench.grown.people import Home
from bench.home_families import bill_card, card_child, judo_days, part_of_child, school_days
from services.portal_gateway.cards.rules.json_values import to_json
from services.portal_gateway.models import (
    BillCard,
    FamilyCard,
    GuardianCard,
    Guardianship,
    Notice,
    sealed_value_bindings,
)
from services.portal_gateway.store import seal_for_row, store
from shared.dates.clock import now, today

PROVIDERS = ("ens", "agg")
BILLS = 24
"""Paid bills of a household at each provider: two years of them."""

Rows = list[dict[str, Any]]


def settle(homes: Sequence[Home]) -> None:
    """Let the families of these households find their pages as the services would have told."""
    for start in range(0, len(homes), AT_ONCE):
        some = homes[start : start + AT_ONCE]
        guardians = [(home, who) for home in some for who, _ in home.adults]
        pairs = [{"subject": who, "household_id": home.id} for home, who in guardians]
        with store.write() as write:
            lay(
                write,
                (Guardianship, pairs),
                (GuardianCard, [_guardian(*each) for each in guardians]),
                (FamilyCard, _family_cards(some)),
                (BillCard, _bill_cards(some)),
                (Notice, [_notice(home) for home in some]),
            )


def _guardian(home: Home, subject: str) -> dict[str, Any]:
    children = [card_child(each.id, each.first_name, each.birth_date) for each in home.children]
    content = to_json({"at": now(), "households": [home.id], "children": children})
    sealed = seal_for_row(sealed_value_bindings.guardian_card_binding(subject), content)
    return {"subject": subject, "version": 1, "content": sealed}


def _family_cards(homes: Sequence[Home]) -> Rows:
    """Return the cards of two providers; days are alike in all of them, as in one town."""
    days = {"ens": list(school_days(today())), "agg": list(judo_days(today()))}
    rows = []
    for home in homes:
        for provider in PROVIDERS:
            parts = [part_of_child(each.id, iter(days[provider])) for each in home.children]
            content = to_json({"at": now(), "children": parts})
            sealed = seal_for_row(
                sealed_value_bindings.family_card_binding(home.id, provider), content
            )
            rows.append(_row(home, provider, sealed))
    return rows


def _bill_cards(homes: Sequence[Home]) -> Rows:
    rows = []
    for provider in PROVIDERS:
        card = bill_card(homes[0].id, provider, BILLS)
        said = {name: getattr(card, name) for name in ("at", "credit_cents", "bills", "payments")}
        content = to_json(said)
        for home in homes:
            sealed = seal_for_row(
                sealed_value_bindings.bill_card_binding(home.id, provider), content
            )
            rows.append(_row(home, provider, sealed))
    return rows


def _row(home: Home, provider: str, sealed: bytes) -> dict[str, Any]:
    return {"household_id": home.id, "provider": provider, "version": 1, "content": sealed}


def _notice(home: Home) -> dict[str, Any]:
    detail = {"activities": ["Accueil du soir"], "days": [today().isoformat()]}
    told = {"kind": "closure", "child_ids": [home.children[0].id], "detail": detail, "at": now()}
    return {
        "household_id": home.id,
        "provider": "ens",
        "key": "grown",
        "received_at": now() - timedelta(days=1),
        "content": seal_for_row(
            sealed_value_bindings.notice_binding(home.id, "ens", "grown"), to_json(told)
        ),
    }
