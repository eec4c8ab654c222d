"""A provider's tariffs: written, told to billing by version, taken from another software once."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.enrolment.models import ResidenceClasses, Tariff
from services.enrolment.offer.tariffs import queries as stored
from services.enrolment.offer.tariffs.commands import editing
from services.enrolment.offer.tariffs.commands import residence_classes as classes
from services.enrolment.offer.tariffs.commands.editing import AlreadyExists, HasBegun, NoClasses
from services.enrolment.offer.tariffs.commands.residence_classes import InUse
from services.enrolment.offer.tariffs.queries import Unfit
from services.enrolment.offer.tariffs.rules import grid_succession
from services.enrolment.offer.tariffs.rules.commune_class_table import (
    PastWouldChange as PastResidence,
)
from services.enrolment.offer.tariffs.rules.grid_succession import PastWouldChange
from services.enrolment.store import store
from shared.contracts.enrolment import tariffs as contracts
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.message import Caller
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories import tariffs as make
from tests.factories.enrolment import Provider, at_once
from tests.factories.tariffs import OUTSIDE, TOWN, commune, grid, last_year, later, soon
from tests.factories.travelling import answered

DAY = timedelta(days=1)


def imports(provider: Provider, *tariffs: dict[str, Any], **residences: Any) -> int:
    """Import as operations do, through both sides of the contract."""
    told = {"residences": make.residences() | residences, "tariffs": list(tariffs)}
    ops = Caller("ops", None, new_id())
    answer = answered(provider.service, contracts.import_tariffs, ops, **told)
    return int(answer.published)


def adds_grid(code: str, new: dict[str, Any], **more: Any) -> None:
    with store.write() as write:
        editing.add_grid(write, code, new, today(), **more)


def content_of(code: str) -> Any:
    with store.read() as read:
        return stored.require_tariff(read, code)


def test_a_tariff_is_told_whole_and_each_change_is_a_version(ens: Provider) -> None:
    code = make.with_tariff(grid(last_year(), cents=300))

    adds_grid(code, grid(soon(), cents=310))

    first, second = ens.published("tariff_published")
    assert (first["tariff"], first["version"], second["version"]) == ("meal", 1, 2)
    assert [each["valid_to"] for each in second["content"]["grids"]] == [
        (soon() - DAY).isoformat(),
        None,
    ]
    (residences,) = ens.published("residences_published")
    assert (residences["version"], residences["elsewhere"]) == (1, OUTSIDE)


def test_nothing_is_told_where_nothing_changed(ens: Provider) -> None:
    code = make.with_tariff(grid(last_year()))
    adds_grid(code, grid(soon()))

    adds_grid(code, grid(soon()))
    with store.write() as write:
        editing.change_terms(write, code, {"label": "Repas"}, today())
        classes.rename_class(write, TOWN, "Habitants", today())
        classes.write_first_classes(write, [{"code": "other", "label": "Autre"}], "other")

    assert [event["version"] for event in ens.published("tariff_published")] == [1, 2]
    assert len(ens.published("residences_published")) == 1


def test_a_day_already_past_never_changes_its_price(ens: Provider) -> None:
    code = make.with_tariff(grid(last_year()))
    ens.clear_outbox()

    for first in (last_year(), last_year() + DAY, today()):
        with pytest.raises(PastWouldChange):
            adds_grid(code, grid(first, cents=1))
    with store.write() as write, pytest.raises(PastWouldChange):
        editing.end_tariff(write, code, today() - DAY, today())
    with pytest.raises(PastWouldChange), store.write() as write:
        editing.change_terms(write, code, {"unit": "month"}, today())
    with pytest.raises(HasBegun), store.write() as write:
        editing.withdraw_tariff(write, code, today())

    assert grid_succession.running_grid(content_of(code), today()) == grid(last_year())
    assert ens.published("tariff_published") == []


def test_a_grid_that_has_begun_ends_today_or_later(ens: Provider) -> None:
    code = make.with_tariff(grid(last_year()))
    adds_grid(code, grid(soon()))

    with store.write() as write:
        editing.end_tariff(write, code, today(), today())

    (only,) = content_of(code)["grids"]
    assert (only["valid_from"], only["valid_to"]) == (last_year(), today())
    with pytest.raises(Unfit) as refused:  # nothing would be priced in between
        adds_grid(code, grid(soon()))
    assert "trou" in str(refused.value.errors)


def test_a_tariff_that_priced_no_day_is_withdrawn_and_its_version_stays(ens: Provider) -> None:
    code = make.with_tariff(grid(soon()))

    with store.write() as write:
        editing.withdraw_tariff(write, code, today())

    assert [(event["version"], event["content"]) for event in ens.published("tariff_published")][
        1:
    ] == [(2, None)]
    with pytest.raises(NotFound):
        adds_grid(code, grid(later()))
    with store.read() as read:
        row = read.get(Tariff, code)
        assert row is not None and row.version == 2 and stored.tariffs_by_code(read) == {}


def test_the_only_grid_taken_out_takes_its_tariff_with_it(ens: Provider) -> None:
    code = make.with_tariff(grid(soon()))

    with store.write() as write:
        editing.remove_grid(write, code, soon(), today())

    assert ens.published("tariff_published")[-1]["content"] is None


def test_the_same_form_sent_twice_adds_one_tariff(ens: Provider) -> None:
    make.with_tariff(grid(soon()))

    with pytest.raises(AlreadyExists), store.write() as write:
        editing.add_tariff(write, "meal_2", make.terms(), grid(soon()), today())

    with store.read() as read:
        assert list(stored.tariffs_by_code(read)) == ["meal"]


def test_residence_classes_come_first(ens: Provider) -> None:
    with pytest.raises(NoClasses), store.write() as write:
        editing.add_tariff(write, "meal", make.terms(), grid(soon()), today())


def test_a_grid_with_a_gap_or_without_a_class_is_refused_and_nothing_told(ens: Provider) -> None:
    code = make.with_tariff(grid(last_year()))
    ens.clear_outbox()
    gap = make.column([make.band(0, 800, 435), make.band(860, None, 550)], TOWN, OUTSIDE)
    incomplete = make.column([make.band(0, None, 300)], TOWN)

    for column in (gap, incomplete):
        with pytest.raises(Unfit):
            adds_grid(code, grid(soon(), parts=[make.part(column)]))

    assert ens.published("tariff_published") == []
    assert len(content_of(code)["grids"]) == 1


@pytest.mark.both_databases
def test_two_administrators_at_once_each_add_their_grid(ens: Provider) -> None:
    code = make.with_tariff(grid(last_year()))

    failures = at_once(
        [lambda: adds_grid(code, grid(soon())), lambda: adds_grid(code, grid(later()))]
    )

    assert failures == []
    assert [each["valid_from"] for each in content_of(code)["grids"]] == [
        last_year(),
        soon(),
        later(),
    ]
    assert [each["version"] for each in ens.published("tariff_published")] == [1, 2, 3]


# Residence classes


def test_a_new_class_pays_at_first_like_those_from_elsewhere(ens: Provider) -> None:
    code = make.with_tariff(grid(last_year()))

    with store.write() as write:
        classes.add_class(write, "linked", "Extérieurs avec lien", today())

    told = ens.published("tariff_published")[-1]["content"]
    assert told["residences"] == [TOWN, OUTSIDE, "linked"]
    assert told["grids"][0]["parts"][0]["columns"][0]["residences"] == [TOWN, OUTSIDE, "linked"]
    with store.write() as write:
        classes.remove_class(write, "linked", today())
    assert content_of(code)["residences"] == [TOWN, OUTSIDE]


def test_a_commune_joins_from_a_day_to_come(ens: Provider) -> None:
    make.with_tariff(grid(last_year()))
    with pytest.raises(PastResidence), store.write() as write:
        classes.put_communes_into_class(write, ["28902"], TOWN, today(), today())

    with store.write() as write:
        classes.put_communes_into_class(write, ["28902", "28903"], TOWN, soon(), today())

    last = ens.published("residences_published")[-1]
    assert last["version"] == 2
    assert [commune["insee"] for commune in last["communes"]] == ["28902", "28903"]
    with pytest.raises(InUse), store.write() as write:
        classes.remove_class(write, TOWN, today())


def test_before_there_is_a_tariff_communes_may_be_named_for_the_past(ens: Provider) -> None:
    make.with_classes()

    with store.write() as write:
        classes.put_communes_into_class(write, ["28901"], TOWN, date(2012, 1, 1), today())

    with store.read() as read:
        row = read.get(ResidenceClasses, stored.ONLY)
        assert row is not None and row.version == 2


# From another software


def test_tariffs_are_imported_once_past_grids_included(ens: Provider) -> None:
    past = grid(last_year(), today() - 30 * DAY, 290)
    meal = {"tariff": "meal", "content": make.tariff([past, grid(today() - 29 * DAY)])}

    assert imports(ens, meal, communes=[commune("28901", last_year())]) == 1
    assert imports(ens, meal) == 0

    (told,) = ens.published("tariff_published")
    assert len(told["content"]["grids"]) == 2
    (residences,) = ens.published("residences_published")
    assert residences["communes"][0]["insee"] == "28901"


def test_an_import_changes_nothing_that_the_provider_has_made(ens: Provider) -> None:
    code = make.with_tariff(grid(soon()))
    with store.write() as write:
        editing.withdraw_tariff(write, code, today())
    ens.clear_outbox()

    again = imports(ens, {"tariff": code, "content": make.tariff([grid(last_year())])})

    assert again == 0 and ens.published("tariff_published") == []


def test_an_import_that_does_not_fit_the_providers_classes_is_refused_whole(ens: Provider) -> None:
    make.with_classes()
    ens.clear_outbox()
    one_class = make.part(make.column([make.band(0, None, 300)], TOWN))
    content = make.tariff([grid(soon(), parts=[one_class])], residences=[TOWN])

    with pytest.raises(BadRequest) as refused:
        imports(ens, {"tariff": "meal", "content": content})
    with pytest.raises(BadRequest):
        imports(
            ens, {"tariff": "meal", "content": content}, communes=[commune("28901", soon())] * 2
        )

    assert refused.value.detail == {"errors": {"tariffs": ["meal"]}}
    assert ens.published("tariff_published") == []
