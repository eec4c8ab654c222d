"""Each price explains itself in one sentence, in French and in another language."""

from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from services.enrolment.desk.regie.labels import billing as regie_labels
from services.portal_gateway.bills import labels as bill_labels
from shared.contracts.billing.bills import PRICE_REASONS
from shared.contracts.billing.prices.quotients import QUOTIENT_KINDS, QUOTIENT_SOURCES
from shared.contracts.enrolment.tariffs import UNITS, prorations_of_unit
from shared.web.prices import grid_labels, price_labels
from shared.web.prices.price_labels import euros, reason_sentence

ENGLISH = Path(price_labels.__file__).parents[1] / "translations/en/LC_MESSAGES/messages.po"
QUOTIENT = {"quotient_cents": 74_200, "quotient_kind": "caf", "quotient_from": "2026-09-01"}


def said(code: str, **params: Any) -> str:
    """Return a sentence with plain spaces, to be read in a test."""
    sentence = reason_sentence({"code": code, "params": params})
    return sentence.replace("\u00a0", " ").replace("\u202f", " ")


def in_english(message: str, **values: Any) -> str:
    with ENGLISH.open("rb") as file:
        translated = read_po(file).get(message).string  # type: ignore[union-attr]
    return str(translated) % values


@pytest.mark.parametrize(
    ("cents", "written"),
    [
        (0, "0,00\u00a0€"),
        (5, "0,05\u00a0€"),
        (21_360, "213,60\u00a0€"),
        (123_456_700, "1\u202f234\u202f567,00\u00a0€"),
        (-250, "−2,50\u00a0€"),
    ],
)
def test_an_amount_is_written_with_a_comma_and_spaces_that_do_not_break(
    cents: int, written: str
) -> None:
    assert euros(cents) == written


def test_english_writes_amounts_and_parts_with_a_point() -> None:
    assert euros(-123_450, in_english) == "−€1\u202f234.50"
    assert price_labels.percent(5_500, in_english) == "0.55%"
    assert price_labels.quotient_band(40_000, 85_350, in_english) == "from 400 to less than 853.50"


@pytest.mark.parametrize(
    ("code", "params", "sentence"),
    [
        (
            "band",
            {"band": "T3", "from_cents": 65_000, "to_cents": 90_000},
            "T3, quotient : de 650 à moins de 900",
        ),
        ("effort", {"rate_ppm": 6_000}, "0,6 % de votre quotient"),
        (
            "band",
            {"band": "tranche 3", **QUOTIENT},
            "tranche 3 : quotient de 742 € (CAF, depuis septembre 2026)",
        ),
        (
            "band",
            {"band": "", **QUOTIENT, "quotient_kind": "tax", "quotient_from": "2026-11-14"},
            "quotient de 742 € (avis d’impôt, depuis le 14 novembre 2026)",
        ),
        (
            "effort",
            {"rate_ppm": 9_000, "quotient_cents": 74_250},
            "0,9 % de votre quotient de 742,50 €",
        ),
        (
            "effort_floor",
            {"rate_ppm": 5_500, "quotient_cents": 10_000, "floor_cents": 300},
            "0,55 % de votre quotient de 100 € : au moins 3,00 €",
        ),
        (
            "effort_ceiling",
            {"rate_ppm": 40_000, "quotient_cents": 300_000, "ceiling_cents": 7_500},
            "4 % de votre quotient de 3 000 € : au plus 75,00 €",
        ),
        (
            "maximum",
            {},
            "aucun quotient connu : prix le plus haut, jusqu’à ce que vous le disiez",
        ),
        ("flat", {"decision": "délibération 2026-45"}, "prix voté : délibération 2026-45"),
        ("flat", {}, "prix unique"),
        (
            "flat",
            {"residence": "Hors commune", "commune": "Aubeval"},
            "prix unique ; Hors commune (Aubeval)",
        ),
        (
            "surcharge",
            {"label": "repas non réservé", "effect": "add", "cents": 250, "residence": "Habitants"},
            "repas non réservé : + 2,50 €",
        ),
        (
            "surcharge",
            {"label": "repas non réservé", "effect": "replace", "cents": 549},
            "repas non réservé : 5,49 €, au lieu du prix habituel",
        ),
        ("no_price", {}, "le service n’a publié aucun prix pour ce jour"),
    ],
)
def test_a_price_says_what_it_follows_from(
    code: str, params: dict[str, Any], sentence: str
) -> None:
    assert said(code, **params) == sentence


def test_siblings_shares_and_corrections_are_said_after_it() -> None:
    more = {"rank": 2, "percent": 10, "share_bp": 6_000, "previous_cents": 280}

    assert said("flat", **more) == (
        "prix unique ; 2e enfant : −10 % ; votre part : 60 % ; corrigé : 2,80 € auparavant"
    )
    assert said("flat", rank=3, share_bp=3_333) == (
        "prix unique ; 3e enfant ; votre part : 33,33 %"
    )


@pytest.mark.parametrize(
    ("proration", "due", "words"),
    [
        ("months", 7, "7 mois sur 10"),
        ("half_months", 1, "1 quinzaine sur 10"),
        ("weeks", 2, "2 semaines sur 10"),
        ("days", 1, "1 jour sur 10"),
    ],
)
def test_a_part_of_a_period_says_how_much_of_which_price(
    proration: str, due: int, words: str
) -> None:
    parts = {"proration": proration, "parts_due": due, "parts": 10, "whole_cents": 4_000}

    assert said("flat", **parts, share_bp=5_000) == (
        f"prix unique ; {words}, d’un prix entier de 40,00 € ; votre part : 50 %"
    )


def test_every_way_to_charge_a_part_has_its_words_for_every_unit() -> None:
    for unit in UNITS:
        for proration in prorations_of_unit(unit):
            said_of_it = grid_labels.due_of_partly_held(proration, unit)
            assert bool(said_of_it) == bool(grid_labels.partly_held(unit))


def test_spaces_do_not_break_before_a_colon_a_percent_or_a_euro() -> None:
    sentence = reason_sentence({"code": "band", "params": {"band": "T3", **QUOTIENT}})

    assert sentence.startswith("T3\u00a0: quotient de 742\u00a0€")
    assert "septembre\u00a02026" in sentence


def test_every_reason_and_every_kind_of_quotient_has_its_words() -> None:
    assert set(price_labels._MAIN) == set(PRICE_REASONS)
    assert set(price_labels._KINDS) == set(QUOTIENT_KINDS)


def test_whoever_told_a_quotient_is_named_to_families_and_to_regies() -> None:
    assert set(bill_labels.SOURCES) == set(regie_labels.QUOTIENT_SOURCES) == set(QUOTIENT_SOURCES)


def test_a_reason_is_said_in_another_language_by_its_gettext() -> None:
    reason = {"code": "band", "params": {"band": "T3", **QUOTIENT, "rank": 2, "percent": 10}}

    sentence = reason_sentence(reason, in_english).replace("\u00a0", " ")

    assert sentence == "T3: quotient of €742 (CAF, since September 2026); child no. 2: −10%"
