"""
Rows of a town's replicas are deleted, altered, of a former version, of a stranger.

`preau doctor --deep` finds each, `preau resync` mends each, and the town is then as it was.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from deploy.processes.ops_requests import compare_states
from shared.contracts.every_service.comparison import Differences, differs
from shared.runtime.ids import new_id
from tests.journeys.bus import unsent, until
from tests.journeys.databases import change, found
from tests.journeys.town import DemoTown
from tests.night import ALL

LOST, ALTERED, FORMER, STRANGE = "missing", "altered", "outdated", "unknown"
STRANGER = new_id()

DAMAGE = {
    ("billing", "dossier.household_changed"): {
        ALTERED: "DELETE FROM address WHERE household_id = (SELECT min(household_id) FROM address)",
        FORMER: "UPDATE household SET version = version - 1 WHERE id = (SELECT max(id)"
        " FROM household)",
        STRANGE: "INSERT INTO household (id, version, payer, sought)"
        " VALUES (:stranger, 3, 'X', 'x')",
    },
    ("billing", "enrolment.attendance_recorded"): {
        ALTERED: "DELETE FROM counted WHERE session_id = (SELECT max(session_id) FROM counted)",
        FORMER: "UPDATE counted_sheet SET version = version + 4 WHERE session_id ="
        " (SELECT min(session_id) FROM counted)",
    },
    ("billing", "enrolment.place_recorded"): {
        LOST: "DELETE FROM held_place WHERE place_id = (SELECT min(place_id) FROM held_place)",
        ALTERED: "UPDATE held_place SET valid_from = '2020-09-01' WHERE place_id ="
        " (SELECT max(place_id) FROM held_place)",
        STRANGE: "INSERT INTO held_place SELECT provider, :stranger, version, regie, household_id,"
        " child_id, activity, valid_from, valid_to, cancelled, touched_to FROM held_place"
        " WHERE place_id = (SELECT max(place_id) FROM held_place)",
    },
    ("billing", "enrolment.tariff_published"): {
        STRANGE: "INSERT INTO tariff_version SELECT provider, substr(:stranger, 1, 8), version,"
        " content, received_at FROM tariff_version WHERE content IS NOT NULL LIMIT 1",
    },
    ("billing", "identity.subject_changed"): {
        LOST: "DELETE FROM subject WHERE subject = (SELECT min(subject) FROM subject)",
    },
    ("billing", "identity.email_reach_changed"): {
        ALTERED: "UPDATE email_reach SET by_email = NOT by_email WHERE subject ="
        " (SELECT max(subject) FROM email_reach)",
        FORMER: "UPDATE email_reach SET version = version - 1 WHERE subject ="
        " (SELECT min(subject) FROM email_reach)",
    },
    ("dossier", "identity.subject_changed"): {
        ALTERED: "DELETE FROM subject_right WHERE subject = (SELECT min(subject)"
        " FROM subject_right)",
    },
    ("dossier", "enrolment.projection_held"): {
        LOST: "UPDATE projection SET received_version = 0, received_at = NULL, seen_version = 0"
        " WHERE child_id = (SELECT min(child_id) FROM projection)",
    },
    ("enrolment_ens", "identity.subject_changed"): {
        FORMER: "UPDATE subject SET version = version - 1 WHERE subject = (SELECT max(subject)"
        " FROM subject)",
    },
    ("front_desk", "identity.subject_changed"): {
        ALTERED: "UPDATE subject_right SET valid_from = '2020-01-01' WHERE subject ="
        " (SELECT min(subject) FROM subject_right)",
    },
    ("portal", "dossier.guardian_card"): {
        FORMER: "UPDATE guardian_card SET version = version + 7 WHERE subject ="
        " (SELECT min(subject) FROM guardian_card)",
        ALTERED: "DELETE FROM guardianship WHERE subject = (SELECT max(subject) FROM guardianship)",
        STRANGE: "INSERT INTO guardian_card SELECT :stranger, version, content FROM guardian_card"
        " LIMIT 1",
    },
    ("portal", "enrolment.family_card"): {
        LOST: "DELETE FROM family_card WHERE household_id = (SELECT min(household_id)"
        " FROM family_card)",
        STRANGE: "INSERT INTO family_card SELECT :stranger, provider, version, content"
        " FROM family_card LIMIT 1",
    },
    ("portal", "billing.bill_card"): {
        LOST: "DELETE FROM bill_card WHERE household_id = (SELECT min(household_id)"
        " FROM bill_card)",
        STRANGE: "INSERT INTO bill_card SELECT :stranger, provider, version, content"
        " FROM bill_card LIMIT 1",
    },
    ("portal", "enrolment.activity_published"): {
        ALTERED: "UPDATE activity SET content = '{}' WHERE activity_id = (SELECT min(activity_id)"
        " FROM activity)",
        STRANGE: "INSERT INTO activity SELECT provider, :stranger, version, content FROM activity"
        " WHERE content IS NOT NULL LIMIT 1",
    },
    ("portal", "enrolment.tariff_published"): {
        LOST: "DELETE FROM published_tariff WHERE tariff = (SELECT min(tariff)"
        " FROM published_tariff)",
    },
    ("portal", "enrolment.residences_published"): {
        ALTERED: "UPDATE published_residences SET content = '{}'",
    },
}
"""Damage to rows by service and event, then by the way in which it has to be found."""

SUMS = {
    "billing": ("household_sum", "email_reach_sum", "counted_sheet_sum", "held_place_sum"),
    "portal": ("guardian_card_sum", "family_card_sum", "bill_card_sum", "thread_card_sum"),
    "dossier": (
        "(SELECT * FROM course_sum WHERE origin = 'published') published",
        "activities_taken_sum",
    ),
}
"""Sums of what a service stores of events, in a town in which all came by events."""

pytestmark = pytest.mark.timeout(900)


def rows_that_differ(town: DemoTown, *, mend: bool = False) -> Iterator[tuple[str, Differences]]:
    """Give what differs in the town now, by service."""
    for name, rows in compare_states(town.applied, mend=mend).items():
        yield from ((name, row) for row in rows if differs(row))


def sums_touched(town: DemoTown) -> list[str]:
    """Return the sums by which a row of an event changed, and no event changed it."""
    return [
        sums
        for service, names in SUMS.items()
        for sums in names
        if found(town, service, f"SELECT 1 FROM {sums} WHERE touched <> 0")
    ]


def is_equal(town: DemoTown) -> bool:
    """Say whether nothing differs; all is compared once nothing waits to be sent any more."""
    return not unsent(town) and not list(rows_that_differ(town))


def kinds_found(town: DemoTown) -> Counter[tuple[str, str, str]]:
    """Return how many facts differ, by service, event and kind."""
    kinds: Counter[tuple[str, str, str]] = Counter()
    for name, row in rows_that_differ(town):
        for kind, count in row.items():
            if kind in (LOST, ALTERED, FORMER, STRANGE) and isinstance(count, int) and count:
                kinds[name, row["event"], kind] += count
    return kinds


def test_whatever_is_done_to_the_rows_of_a_replica_is_found_and_mended(town: DemoTown) -> None:
    until(lambda: is_equal(town), seconds=120)
    assert sums_touched(town) == []

    done = set()
    for (service, event), damages in DAMAGE.items():
        for kind, statement in damages.items():
            values = {"stranger": STRANGER} if ":stranger" in statement else {}
            assert change(town, service, statement, **values), statement
            done.add((service, event, kind))
    change(
        town,
        "dossier",
        "INSERT INTO guardian_version (guardian_id, version, died) SELECT id, 3, FALSE"
        " FROM guardian WHERE name = 'Florence Dubreuil-Hardy'",
    )
    done.add(("identity", "dossier.guardian_corrected", LOST))
    strange = {"household_id": STRANGER, "subject": new_id()}
    change(
        town,
        "billing",
        "INSERT INTO household_guardian (household_id, subject, name)"
        " VALUES (:household_id, :subject, 'X')",
        **strange,
    )

    assert done - kinds_found(town).keys() == set()
    said = town.preau("doctor", "--deep", ok=False).stdout
    assert all(f"preau resync {service}" in said for service, _ in DAMAGE)

    town.preau("resync")

    until(lambda: is_equal(town), seconds=120)
    if ALL:
        said = town.preau("doctor", "--deep", ok=False).stdout
        assert "differs from what was published" not in said
    assert not found(town, "portal", f"SELECT 1 FROM family_card WHERE household_id='{STRANGER}'")
