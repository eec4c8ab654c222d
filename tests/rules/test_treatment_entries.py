"""Entries of the treatment register (GDPR, article 30), as the demo town's register has them."""

import json
from dataclasses import replace
from pathlib import Path

from deploy.register.cached_declarations import cached_declarations
from deploy.register.compiler import compile_register, write_register
from deploy.register.town_file.town import Town
from deploy.register.treatments.compiler import entries_as_text
from shared.register import Register
from tests.factories.compiled_register import TOWN, compiled


def test_each_purpose_of_each_provider_has_an_entry_of_article_30() -> None:
    entries = compiled()["treatments"]

    kitchen = next(e for e in entries if "sans danger" in e["purpose"])

    assert kitchen["controller"] == "Ville de Démonstration"
    assert kitchen["joint_controllers"] == ["Agglomération de Démonstration"]
    assert "9-2-g" in kitchen["legal_bases"][0]
    assert kitchen["categories"] == ["allergies"]
    assert kitchen["recipients"] == ["Cuisine et salle", "Responsable"]
    assert kitchen["retention"] and kitchen["source"] and kitchen["dpo"]


def test_the_sports_club_has_an_entry_without_allergies_and_one_of_ids_alone() -> None:
    entries = [e for e in compiled()["treatments"] if e["provider"] == "agg"]
    care, asked, water, insured, allowed, family, *_ = entries

    held = care["categories"] + water["categories"] + family["categories"]
    assert "allergies" not in " ".join(held)
    assert water["categories"] == [
        "attestation de natation\u00a0: laquelle, sa date, qui l’a délivrée"
    ]
    assert water["recipients"] == ["Éducateur sportif", "Responsable"]
    assert care["recipients"] == ["Éducateur sportif", "Responsable"]
    assert "consentement" in asked["legal_bases"][0]
    assert "choisit" in asked["retention"][0]
    assert insured["categories"] == ["attestation d’assurance\u00a0: la date de fin seule"]
    assert allowed["recipients"] == ["Éducateur sportif", "Responsable"]
    assert family["recipients"] == []  # the service acts on it; no desk shows it


def test_what_the_dossier_keeps_names_the_providers_that_are_told() -> None:
    entries = {e["purpose"]: e for e in compiled()["treatments"] if e["provider"] is None}

    diet = entries["Servir un repas qui convient à l’enfant"]

    assert diet["recipients"] == ["Service Enseignement"]
    assert diet["retention"] == [
        "Régime alimentaire\u00a0: 1\u00a0mois après la fin de l’année scolaire"
    ]


def test_what_children_do_at_a_provider_is_kept_as_long_as_the_town_file_says() -> None:
    town = replace(TOWN, activity_retention="6 years")
    entries = compile_register(town, cached_declarations(), {})["treatments"]

    kept = {e["treatment"]: e["retention"][0] for e in entries if e["provider"] == "ens"}

    assert kept["places"] == "6\u00a0ans après la fin de l’année scolaire"
    assert kept["attendance"] == f"pointages et réservations\u00a0: {kept['places']}"
    (schools,) = [e for e in entries if e["treatment"] == "schools" and e["provider"] == "ens"]
    assert schools["retention"][-1].endswith(f"dérogation décidée\u00a0: {kept['places']}")


def test_who_collects_has_an_entry_with_the_quotient_that_its_treasurer_alone_is_shown() -> None:
    (bills,) = [e for e in compiled()["treatments"] if e["holder"].startswith("Facturation, pour S")
                and e["provider"] == "ens"]  # fmt: skip

    assert any("quotient familial" in category for category in bills["categories"])
    assert bills["recipients"][0] == "Régisseur"
    assert any("PayFiP" in recipient for recipient in bills["recipients"])
    assert any("10\u00a0ans" in kept for kept in bills["retention"])


def test_what_billing_is_told_of_a_household_stands_with_the_shared_dossier() -> None:
    (told,) = [e for e in compiled()["treatments"] if e["recipients"] == ["Facturation"]]

    assert (told["provider"], told["controller"]) == (None, "Ville de Démonstration")
    assert "adresses du foyer, datées" in told["categories"]
    assert "quotient" not in " ".join(told["categories"])


def test_where_nobody_collects_billing_is_told_of_no_household() -> None:
    without = tuple(replace(provider, regies=()) for provider in TOWN.providers)

    entries = compile_register(replace(TOWN, providers=without), [], {})["treatments"]

    assert not [
        e for e in entries if "Facturation" in e["holder"] or "Facturation" in e["recipients"]
    ]


def test_requests_of_persons_have_an_entry_with_who_answers_and_for_how_long() -> None:
    (asked,) = [e for e in compiled()["treatments"] if e["holder"].startswith("Demandes des pers")]

    assert (asked["provider"], asked["dpo"]) == (None, "dpo@ville-demonstration.example")
    assert asked["recipients"][0] == "Protection des données"
    assert "5\u00a0ans" in asked["retention"][0] and "obligation légale" in asked["legal_bases"][0]


def test_where_nobody_answers_requests_there_is_no_such_entry() -> None:
    entries = compile_register(replace(TOWN, front_desk=None), [], {})["treatments"]

    assert not [entry for entry in entries if entry["holder"].startswith("Demandes des personnes")]


def test_who_answers_for_a_providers_data_is_found_with_its_officer(tmp_path: Path) -> None:
    path = tmp_path / "register.json"
    write_register(compiled(), path)
    register = Register.load(path)

    agglomeration, town = register.controller_of("agg"), register.controller_of("")

    assert agglomeration.name == "Agglomération de Démonstration"
    assert town.dpo == "dpo@ville-demonstration.example"
    assert register.controller_of("gone") == town


def test_the_treatment_register_says_who_carries_alerts_and_that_they_are_asked_for() -> None:
    (told,) = [e for e in compiled()["treatments"] if e["holder"].startswith("Alertes")]

    assert "consentement" in told["legal_bases"][0]
    assert any("SMS" in each for each in told["recipients"])
    assert any("hors de l’Union européenne" in each for each in told["recipients"])
    assert told["dpo"] == TOWN.dpo


def test_the_treatment_register_is_text_and_json() -> None:
    entries = compiled()["treatments"]

    assert json.loads(json.dumps(entries)) == entries
    assert entries_as_text(entries).count("Base légale") == len(entries)


def test_a_town_alone_has_no_joint_controllers() -> None:
    lone: Town = replace(TOWN, providers=TOWN.providers[:1])

    entries = compile_register(lone, [], {})["treatments"]

    assert all(entry["joint_controllers"] == [] for entry in entries)
    assert "Responsables conjoints\u00a0: aucun" in entries_as_text(entries)
