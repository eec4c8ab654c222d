"""The council's page at the front desk: what providers published, added up."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from services.portal_gateway.front_desk.figures.queries import Sum, sums_by_column
from services.portal_gateway.front_desk.figures.received_figures import keep_figures
from services.portal_gateway.front_desk.store import store
from shared.contracts.enrolment.figures import FiguresPublished, IncomeRow, QuarterFigures
from shared.dates.clock import now
from tests.factories.front_desk.counter import Counter
from tests.factories.register import demo_rows


def table(*rows: tuple[str, list[int | None]]) -> Any:
    lines = [
        {
            "site": "École Nord",
            "activity": activity,
            "sessions": 12,
            "places": 480,
            "numbers": numbers,
            "total": 1_500,
        }
        for activity, numbers in rows
    ]
    return {"rows": lines, "numbers": rows[0][1] if rows else [], "total": 1_500}


def publishes(
    source: str,
    period: str = "2025-T4",
    version: int = 1,
    came: int = 1_234,
    income: Sequence[IncomeRow] = (),
) -> None:
    content: QuarterFigures = {
        "attendance": table(("Cantine", [came, None, 44])),
        "demand": table(),
        "income": list(income),
    }
    with store.write() as write:
        keep_figures(write, source, FiguresPublished(period, version, content, now()))


def test_figures_of_providers_stand_together_with_what_is_hidden_said(counter: Counter) -> None:
    counter.signs_in("counter")
    assert "Aucun service n’a encore publié" in counter.desk.sees("/chiffres")
    publishes("enrolment_ens")
    assert "N’ont pas publié ce trimestre" in counter.desk.sees("/chiffres")
    publishes("enrolment_agg", came=1_000)

    page = counter.desk.sees("/chiffres").replace("\u202f", " ")

    assert "Chiffres de la ville, 4e trimestre 2025" in page
    assert "Service Enseignement" in page and "N’ont pas publié" not in page
    assert "2 234" in page and "caché" in page and "au moins 0" in page


def band(activity: str, first: int | None, households: int | None, cents: int | None) -> IncomeRow:
    return {
        "activity": activity,
        "basis": "flat" if first is None else "band",
        "from_cents": first,
        "to_cents": None,
        "households": households,
        "cents": cents,
    }


def test_income_that_was_published_is_read_by_band_and_added_up(counter: Counter) -> None:
    counter.signs_in("counter")
    hidden = [band("Cantine", 0, None, None), band("Cantine", 40_000, 30, 123_450)]
    publishes("enrolment_ens", income=hidden)
    publishes("enrolment_agg", income=[band("Judo", None, 12, 50_000)])

    page = counter.desk.sees("/chiffres").replace("\u202f", " ")

    for words in ("Recettes", "400 et plus", "1 234,50 €", "Prix unique", "500,00 €", "caché"):
        assert words in page, words
    assert "au moins 1 734,50 €" in page


@pytest.mark.parametrize("state", ["suspended", "leaving", "ended", "revoked"])
def test_a_quarter_stays_as_it_was_when_a_provider_stops_or_leaves(
    counter: Counter, tmp_path: Path, state: str
) -> None:
    counter.signs_in("counter")
    publishes("enrolment_ens")
    publishes("enrolment_agg", came=1_000)
    before = counter.desk.sees("/chiffres")

    (tmp_path / "register.json").write_text(json.dumps(demo_rows(states={"agg": state})))
    store.register._file._looked_at = 0.0

    page = counter.desk.sees("/chiffres").replace("\u202f", " ")
    assert "2 234" in page
    assert page == before.replace("\u202f", " ")


def test_a_newer_version_replaces_the_former_and_an_older_one_nothing(counter: Counter) -> None:
    counter.signs_in("counter")
    for version, came in ((2, 2_000), (1, 1_111), (2, 2_222)):
        publishes("enrolment_ens", version=version, came=came)

    page = counter.desk.sees("/chiffres").replace("\u202f", " ")
    assert "2 000" in page and "1 111" not in page and "2 222" not in page


def test_a_quarter_that_nobody_published_is_no_page(counter: Counter) -> None:
    counter.signs_in("counter")
    publishes("enrolment_ens")

    counter.desk.sees("/chiffres?trimestre=2025-T4")
    counter.desk.sees("/chiffres?trimestre=2025-T3", status=404)


@pytest.mark.parametrize("hidden", [False, True])
def test_a_sum_adds_what_is_shown_and_says_what_is_not(hidden: bool) -> None:
    one = {"rows": [1], "numbers": [10, None if hidden else 5], "total": 20}
    other = {"rows": [1], "numbers": [7, 8], "total": 15}
    nothing: dict[str, Any] = {"rows": [], "numbers": [], "total": None}

    assert sums_by_column([one, other, nothing]) == [
        Sum(17, False),
        Sum(8 if hidden else 13, hidden),
        Sum(35, False),
    ]
