"""Pages about recipients, holders and readers of a child's data."""

from datetime import UTC, datetime
from typing import Any

from services.portal_gateway.pages.children.views.provider_links import projections_received
from services.portal_gateway.sharing.labels import holders, readings, recipients
from shared.contracts.dossier.guardians import Holding, Link, WhoKnowsAnswer
from shared.contracts.sections.papers import KINDS
from shared.register import Register


def test_sport_receives_of_the_health_page_only_what_to_do(register: Register) -> None:
    by_code = {
        row.mark.code: row
        for row in recipients.recipients_of_section(register, "health", ["ens", "agg"])
    }

    assert by_code["agg"].parts == ("la conduite à tenir du PAI",)
    assert not by_code["agg"].all_of_it
    assert by_code["ens"].parts == ("les allergies", "la conduite à tenir du PAI")
    assert "Cuisine et salle" in by_code["ens"].roles


def test_sport_receives_nothing_of_the_diet(register: Register) -> None:
    found = recipients.recipients_of_section(register, "diet", ["ens", "agg"])

    assert [(row.mark.code, bool(row.parts)) for row in found] == [("ens", True), ("agg", False)]


def test_who_swims_with_a_child_receives_its_certificate_whole_and_the_school_nothing(
    register: Register,
) -> None:
    sport, school = recipients.recipients_of_section(register, "swimming", ["ens", "agg"])

    part = "l’attestation de natation (enfants inscrits à : École de natation)"
    assert (sport.mark.code, sport.parts, sport.all_of_it) == ("agg", (part,), True)
    assert sport.roles == ("Éducateur sportif", "Responsable")
    assert (school.mark.code, school.parts) == ("ens", ())


def test_before_a_service_is_attached_the_page_says_what_it_will_receive(
    register: Register,
) -> None:
    labels = [each.label for each in projections_received(register, register.provider("agg"))]

    assert labels == [
        "L’essentiel pour s’occuper de votre enfant",
        "Attestation de natation",
        "Autorisations des parents",
        "Attestation d’assurance, date seule",
        "Qui peut l’inscrire et réserver",
    ]


def holding(provider: str, projection: str, **more: Any) -> Holding:
    base = {"received_at": None, "seen_at": None, "seen_by": "", "filled": True}
    return {"projection": projection, "provider": provider, "sent_at": at(8), **base, **more}


def at(hour: int) -> datetime:
    return datetime(2026, 11, 24, hour, tzinfo=UTC)


def link(provider: str, **more: Any) -> Link:
    base = {"closed_at": None, "erased_at": None, "receipt": None}
    return {"provider": provider, "origin": "school_list", "opened_at": at(7), **base, **more}


def test_the_family_reads_sent_received_and_seen_by_whom(register: Register) -> None:
    answer = WhoKnowsAnswer(
        links=[link("ens"), link("agg")],
        holdings=[
            holding("ens", "diet", received_at=at(9), seen_at=at(10), seen_by="kitchen"),
            holding("ens", "allergies", received_at=at(9)),
            holding("agg", "care_core"),
        ],
    )

    held, unheld = holders.projections_held_and_unheld(register, answer, {"diet": ["Sans porc"]})
    rows = {row.projection: row for row in held}

    diet, allergies, core = (rows[each].holders[0] for each in ("diet", "allergies", "care_core"))
    assert (diet.state, diet.role, diet.urgent) == ("seen", "Cuisine et salle", False)
    assert (allergies.state, allergies.awaited, allergies.urgent) == ("received", True, True)
    assert (core.state, core.urgent) == ("sent", True)
    assert [mark.code for mark in rows["diet"].without] == ["agg"]
    assert rows["diet"].recorded == ["Sans porc"]
    assert {row.projection for row in unheld} == {
        "treatments", "health_sheet", "pickup", "schooling", "swimming", "residence", "family",
        "consents", *KINDS, *(kind.date_only_projection for kind in KINDS.values()),
    }  # fmt: skip


def test_an_ended_service_shows_its_receipt_and_no_holding(register: Register) -> None:
    closed = {"closed_at": at(9), "erased_at": at(11), "receipt": 118}
    answer = WhoKnowsAnswer(holdings=[holding("agg", "care_core")], links=[link("agg", **closed)])

    held, _ = holders.projections_held_and_unheld(register, answer, {})
    (gone,) = holders.ended_services(register, answer)

    assert held == []
    assert (gone.mark.label, gone.receipt) == ("Sports de l’agglomération", 118)


def test_unusual_reads_stand_first_and_name_a_function_never_an_agent(register: Register) -> None:
    ordinary = {
        "provider": "ens", "role": "kitchen", "projection": "allergies", "times": 9,
        "purpose": "service_preparation", "first_at": at(8), "last_at": at(12), "unusual": False,
    }  # fmt: skip
    unusual = ordinary | {"unusual": True, "times": 1, "last_at": at(6), "purpose": "emergency"}

    first, second = readings.readings_in_page_order(register, [ordinary, unusual])

    assert (first.unusual, first.purpose, first.role) == (True, "urgence", "Cuisine et salle")
    assert second.purpose == "servir un repas et un goûter sans danger pour l’enfant"


def test_what_a_service_receives_names_the_activities_that_it_serves(register: Register) -> None:
    received = {
        each.label: each for each in projections_received(register, register.provider("agg"))
    }

    certificate = received["Attestation de natation"]
    assert certificate.is_received_for_activity(
        "swimming_school"
    ) and not certificate.is_received_for_activity("judo")
    assert certificate.purpose_and_activities.endswith("(pour : École de natation)")
    essentials = received["L’essentiel pour s’occuper de votre enfant"]
    assert essentials.is_received_for_activity("judo")
    assert "pour :" not in essentials.purpose_and_activities
