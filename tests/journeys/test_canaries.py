"""What a family told is found where it is entitled to be, and nowhere else."""

from pathlib import Path
from typing import Any

from sqlalchemy import text

from services.enrolment.replica import place
from shared.contracts import dossier
from shared.database.store import open_engine
from shared.database.vault import Vault
from shared.settings import Settings
from tests.journeys.bus import guardian, held_still, queued, until
from tests.journeys.town import DemoTown

FAMILY = "nadia.morel@example.net"

TOLD = {
    "contacts": {
        "people": [
            {"name": "Canari Unième", "relation": "canarivoisin", "phone": "06 39 98 11 11"},
            {"name": "Canari Deuzième", "relation": "canaritante", "phone": "06 39 98 22 22"},
            {"name": "Canari Troizième", "relation": "canarioncle", "phone": "06 39 98 33 33"},
        ]
    },
    "pickup": {"people": [{"name": "Canari Portail", "relation": "canarigrand", "phone": ""}]},
    "diet": {"menu": "vegetarian", "without": ["egg"]},
    "health": {
        "allergies": [
            {"substance": "canarachide", "severity": "severe", "reaction": "canaréaction"}
        ],
        "treatments": [{"name": "canaventoline", "dosage": "canadose", "moment": "canamatin"}],
        "care_plan": {
            "signs": "canasigne",
            "conduct": "canaconduite",
            "kit": "canatrousse",
            "valid_until": "2027-07-05",
        },
        "vaccinations_checked": True,
        "remarks": "canaremarque",
    },
}
CARE_CORE = {"Canari Unième", "Canari Deuzième", "canasigne", "canaconduite", "canatrousse"}
ENTITLED = {
    "enrolment_agg": CARE_CORE,
    "enrolment_ens": CARE_CORE
    | {"canarachide", "canaréaction", "Canari Portail", "canarigrand", "vegetarian"},
}
NOBODY = {"Canari Troizième", "canarioncle", "canaventoline", "canadose", "canaremarque"}
ALL = {*ENTITLED["enrolment_ens"], *NOBODY, "canarivoisin", "canaritante", "canamatin"}


def test_canaries_are_found_in_no_queue_database_or_log_outside_their_entitlement(
    town: DemoTown,
) -> None:
    with guardian(town, FAMILY) as ask, held_still(town, *ENTITLED):
        child = ask(dossier.my_children).children[0]["id"]
        for section, content in TOLD.items():
            base = ask(dossier.read_section, child_id=child, section=section).version
            ask(
                dossier.write_section,
                child_id=child,
                section=section,
                base_version=base,
                content=content,
            )
        until(lambda: town.status()["services"]["dossier"]["outbox"] == 0)
        lying = queued(town)

    in_queues = {queue: {word for word in ALL if word in clear} for queue, clear in lying.items()}
    for principal, entitled in ENTITLED.items():
        assert in_queues.pop(f"in.{principal}.events") == entitled
    assert {queue: words for queue, words in in_queues.items() if words} == {}

    with guardian(town, FAMILY) as ask:
        until(lambda: _all_received(ask(dossier.who_knows, child_id=child).holdings))
    for principal, entitled in ENTITLED.items():
        assert words_in(opened(town, principal, child)) == entitled

    on_disk = [path for path in town.instance.home.rglob("*") if path.is_file()]
    found = {path.name: words_in_bytes(path) for path in on_disk if "broker" not in path.parts}
    assert {name: words for name, words in found.items() if words} == {}


def opened(town: DemoTown, principal: str, child: str) -> str:
    """Return all that a provider's service can read of a child, with its own keys."""
    settings = Settings.from_env(town.applied.environment(principal))
    vault = Vault(settings.keys_url, settings.key_encryption_key)
    engine = open_engine(settings.database_url)
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT key_id, projection, content FROM held_projection JOIN child_key "
                "USING (child_id) WHERE child_id = :child AND content IS NOT NULL"
            ),
            {"child": child},
        ).all()
    engine.dispose()
    assert rows
    return " ".join(
        str(vault.open(key_id, place(projection), content)) for key_id, projection, content in rows
    )


def words_in(clear_text: str) -> set[str]:
    return {word for word in ALL if word in clear_text}


def words_in_bytes(path: Path) -> set[str]:
    content = path.read_bytes()
    return {word for word in ALL - {"vegetarian"} if word.encode() in content}


def _all_received(holdings: list[dict[str, Any]]) -> bool:
    return all(row["received_at"] and row["received_at"] >= row["sent_at"] for row in holdings)
