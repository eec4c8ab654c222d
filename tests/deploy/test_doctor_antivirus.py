"""`preau doctor` and a town's antivirus: it answers, is up to date, and looks at whole files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.applied_town import Applied
from deploy.doctor.antivirus import LIMITS, RENEW, RESTART, WIDEN, check_antivirus
from deploy.instance.instance import ENGINES_FILE, Instance
from deploy.metrics.town_metrics import States
from shared.files.antivirus import Antivirus
from tests.factories.clamd import clamd

ALERTS = "AlertExceedsMax yes"


def town_with(antivirus: Antivirus, home: Path) -> Applied:
    (home / ENGINES_FILE).write_text(f"own: files\nantivirus: {{clamd: {antivirus.place}}}\n")
    return Applied(Instance(home))


def mends(antivirus: Antivirus, home: Path) -> dict[str, str]:
    """Return the command of each finding by its sentence."""
    return {found.what: found.mend for found in check_antivirus(town_with(antivirus, home))}


def test_an_antivirus_that_is_set_as_the_page_says_has_no_finding(tmp_path: Path) -> None:
    with clamd(*(f"{name} {value}" for name, value in LIMITS.items())) as antivirus:
        assert mends(antivirus, tmp_path) == {}


def test_a_town_that_names_none_has_no_finding(tmp_path: Path) -> None:
    assert list(check_antivirus(Applied(Instance(tmp_path)))) == []


def test_an_antivirus_that_is_away_is_one_finding(tmp_path: Path) -> None:
    nowhere = Antivirus("/nowhere/clamd.ctl")

    assert mends(nowhere, tmp_path) == {
        "The antivirus at /nowhere/clamd.ctl does not answer: no file is taken or handed out.":
        RESTART
    }  # fmt: skip


def test_signatures_of_last_week_are_a_finding(tmp_path: Path) -> None:
    last_week = datetime.now(UTC) - timedelta(days=7, hours=1)

    with clamd(ALERTS, signed_at=last_week) as antivirus:
        assert mends(antivirus, tmp_path) == {
            "The signatures of the antivirus are 7 days old.": RENEW
        }


def test_an_antivirus_without_the_usual_signatures_is_a_finding(tmp_path: Path) -> None:
    with clamd(ALERTS, knows=b"something else entirely") as antivirus:
        (what,) = mends(antivirus, tmp_path)

    assert "has no signatures" in what


@pytest.mark.parametrize("limit", ["MaxFileSize 2M", "StreamMaxLength 2M", "MaxScanSize 2M"])
def test_an_antivirus_whose_limits_are_below_what_may_be_sent_is_a_finding(
    limit: str, tmp_path: Path
) -> None:
    with clamd(limit) as antivirus:
        assert list(mends(antivirus, tmp_path).values()) == [WIDEN]


def test_the_page_of_metrics_says_whether_the_antivirus_answers(tmp_path: Path) -> None:
    with clamd() as antivirus:
        states = States(town_with(antivirus, tmp_path))
        assert up(states) == [1]

    assert up(states) == [0]


def up(states: States) -> list[float]:
    return [
        sample.value
        for metric in states._antivirus_metrics()
        for sample in metric.samples
        if sample.name == "preau_antivirus_up"
    ]
