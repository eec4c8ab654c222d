"""A month of the large town, on a slice of its families: closed, dry-run, issued, paid in part."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.comparing import Compared, compared
from deploy.demo.journal import FILE, choose, journal_of
from deploy.demo.towns import LARGE
from tests.journeys.conftest import PORT_BASE
from tests.journeys.town import DemoTown

SEED, HOUSEHOLDS = 7, 60
PROVIDERS = ["ens", "mdq", "agg", "dsp"]
BY_REGIE = ["ens", "mdq", "dsp"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoTown]:
    """Give the running town, loaded and lived."""
    town = DemoTown(tmp_path_factory.mktemp("large") / "var", PORT_BASE + 100)
    choose(town.instance, LARGE, SEED, HOUSEHOLDS)
    try:
        town.preau("up", "--detach")
        town.preau("demo")
        yield town
    finally:
        town.preau("down")


@pytest.fixture(scope="module")
def months(town: DemoTown) -> list[Compared]:
    return list(compared(town.applied))


@pytest.mark.timeout(300)
def test_every_bill_of_every_provider_agrees_with_the_seed_to_the_cent(
    months: list[Compared],
) -> None:
    assert sorted({each.provider for each in months}) == sorted(PROVIDERS)
    assert [each for each in months if not each.agrees] == []
    assert all(each.billed > 0 and each.bills > 0 for each in months)


def test_a_part_of_the_latest_month_is_paid_and_more_of_the_one_before(
    months: list[Compared],
) -> None:
    for provider in BY_REGIE:
        earlier, latest = [each for each in months if each.provider == provider][-2:]
        assert 0 < latest.paid / latest.billed < earlier.paid / earlier.billed < 1


def test_a_second_load_does_nothing_again(town: DemoTown, months: list[Compared]) -> None:
    before = Path(town.instance.home / FILE).read_text("utf-8")

    town.preau("demo")

    assert (town.instance.home / FILE).read_text("utf-8") == before
    assert list(compared(town.applied)) == months


def test_a_load_that_broke_off_goes_on_without_paying_anything_twice(
    town: DemoTown, months: list[Compared]
) -> None:
    path = town.instance.home / FILE
    content = json.loads(path.read_text("utf-8"))
    lost = [step for step in content["done"] if step.startswith(("payments", "month", "places"))]
    content["done"] = sorted(set(content["done"]) - set(lost))
    path.write_text(json.dumps(content), "utf-8")

    town.preau("demo")

    assert len(lost) > 10
    assert all(journal_of(town.instance).is_done(step) for step in lost)
    assert list(compared(town.applied)) == months
