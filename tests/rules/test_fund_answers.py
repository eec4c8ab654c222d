"""Answers of API Particulier, and what of them is taken: all that is published, and worse."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.register.compiler import compile_register
from services.billing.payers.api_particulier.rules.answers import (
    AskedMeanwhile,
    FundQuotient,
    FundsAway,
    NoQuotient,
    PersonMistaken,
    PersonUnknown,
    TownRefused,
    quotient_of_answer,
)
from services.billing.payers.api_particulier.rules.civil_identity import (
    is_identity_of,
    parameters_of_identity,
)
from services.billing.payers.rules.fund_request_limits import (
    MOST_A_DAY,
    MOST_FAILURES,
    Asked,
    AskedTooOften,
    FundsSilent,
    MayNotAskYet,
    is_town_refused,
    require_may_ask,
)
from shared.contracts.billing.prices.fund_quotients import CivilIdentity
from shared.register import ApiParticulier, parse_register
from shared.settings import Settings, SettingsIncomplete
from tests.factories.register import demo_rows
from tests.factories.town_files import TEXT, problems_of, town_of

DECEMBER_2 = date(2026, 12, 2)
NOON = datetime(2026, 12, 2, 11, 0, tzinfo=UTC)


def answer(**quotient: Any) -> dict[str, Any]:
    whole = {"fournisseur": "CNAF", "valeur": 742, "annee": 2026, "mois": 12, **quotient}
    return {"data": {"quotient_familial": whole}, "links": {}, "meta": {}}


def error(code: object, **more: Any) -> dict[str, Any]:
    return {"errors": [{"code": code, "source": None, "meta": {}, **more}]}


def identity(**more: Any) -> CivilIdentity:
    usual: dict[str, Any] = {
        "birth_name": "Durand",
        "use_name": "",
        "first_names": ["Claire"],
        "sex": "F",
        "born_on": date(1987, 6, 27),
        "country": "99100",
        "commune": "Aubeval",
        "department": "28",
    }
    return CivilIdentity(**{**usual, **more})


@pytest.mark.parametrize(
    ("said", "kind", "cents", "month"),
    [
        ({}, "caf", 74_200, date(2026, 12, 1)),
        ({"fournisseur": "MSA", "valeur": 0}, "msa", 0, date(2026, 12, 1)),
        ({"annee": 2024, "mois": 12}, "caf", 74_200, date(2024, 12, 1)),
        ({"annee_calcul": None, "mois_calcul": "?"}, "caf", 74_200, date(2026, 12, 1)),
    ],
    ids=["of CAF", "of MSA, and nothing", "two years back", "of no known calculation"],
)
def test_a_quotient_is_of_a_fund_and_of_a_month(
    said: dict[str, Any], kind: str, cents: int, month: date
) -> None:
    assert quotient_of_answer(200, answer(**said), DECEMBER_2) == FundQuotient(
        kind, cents, month, ""
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": None},
        {"data": {"quotient_familial": []}},
        answer(fournisseur="CPAM"),
        answer(fournisseur=["CNAF"]),
        answer(valeur=None),
        answer(valeur="742"),
        answer(valeur=742.5),
        answer(valeur=True),
        answer(valeur=-1),
        answer(valeur=100_001),
        answer(mois=0),
        answer(mois=13),
        answer(mois="12"),
        answer(annee=10**30),
        answer(annee=2027, mois=1),
        answer(annee=2024, mois=11),
    ],
    ids=lambda body: str(body)[:90],
)
def test_what_is_no_quotient_of_these_two_years_is_no_answer(body: dict[str, Any]) -> None:
    with pytest.raises(FundsAway):
        quotient_of_answer(200, body, DECEMBER_2)


@pytest.mark.parametrize(
    ("code", "kept"),
    [("4F7K-22", "4F7K-22"), (None, ""), (["4F7K"], ""), ("x" * 65, ""), ("<b>4F7K</b>", "")],
    ids=["a code", "none", "a list", "too long", "markup"],
)
def test_a_proof_is_kept_where_it_is_one(code: object, kept: str) -> None:
    body = {**answer(), "meta": {"pdf_verification_code": code}}

    assert quotient_of_answer(200, body, DECEMBER_2).proof == kept


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (400, error("00400"), PersonMistaken),
        (401, error("00101"), TownRefused),
        (401, error("00103"), TownRefused),
        (401, error("00105"), TownRefused),
        (401, {}, TownRefused),
        (403, error("00100"), TownRefused),
        (404, error("10003"), PersonUnknown),
        (404, error("23003"), PersonUnknown),
        (404, error("35003"), PersonUnknown),
        (404, error("37003"), PersonUnknown),
        (404, {}, FundsAway),
        (409, error("00015"), AskedMeanwhile),
        (422, error("00366"), PersonMistaken),
        (422, error("00203"), TownRefused),
        (429, error("00429"), FundsAway),
        (500, {}, FundsAway),
        (502, error("37999"), FundsAway),
        (503, {"errors": "soon"}, FundsAway),
        (504, error("37001"), FundsAway),
        (302, {}, FundsAway),
        (204, {}, FundsAway),
    ],
    ids=lambda value: str(value)[:40] if not isinstance(value, type) else value.__name__,
)
def test_each_status_says_what_it_says(
    status: int, body: dict[str, Any], outcome: type[NoQuotient]
) -> None:
    with pytest.raises(outcome):
        quotient_of_answer(status, body, DECEMBER_2)


@pytest.mark.parametrize(
    ("retry_in", "seconds"),
    [(10, 60), (300, 300), (10**9, 3600), (None, 60), ("300", 60), (-5, 60)],
    ids=["too soon", "as said", "for ever", "unsaid", "as text", "before now"],
)
def test_one_waits_as_long_as_the_answer_says_within_reason(retry_in: object, seconds: int) -> None:
    with pytest.raises(FundsAway) as away:
        quotient_of_answer(504, error("00501", meta={"retry_in": retry_in}), DECEMBER_2)

    assert away.value.seconds == seconds


@pytest.mark.parametrize(
    ("source", "fields"),
    [
        ({"parameter": "nomNaissance"}, ("birth_name",)),
        ({"parameter": "prenoms[]"}, ("first_names",)),
        ({"parameter": "somethingElse"}, ()),
        ("nomNaissance", ()),
        (None, ()),
    ],
    ids=["a field", "a list", "none of ours", "no object", "unsaid"],
)
def test_the_fields_to_correct_are_those_that_an_answer_names(
    source: object, fields: tuple[str, ...]
) -> None:
    with pytest.raises(PersonMistaken) as mistaken:
        quotient_of_answer(422, error("00366", source=source), DECEMBER_2)

    assert mistaken.value.fields == fields


def test_who_was_born_in_france_is_named_with_commune_and_departement() -> None:
    asked = parameters_of_identity(
        identity(first_names=["Claire", "Anne-Marie"], use_name="Lefèvre"), "21280085200017"
    )

    assert asked == [
        ("recipient", "21280085200017"),
        ("nomNaissance", "Durand"),
        ("prenoms[]", "Claire"),
        ("prenoms[]", "Anne-Marie"),
        ("sexeEtatCivil", "F"),
        ("anneeDateNaissance", "1987"),
        ("moisDateNaissance", "6"),
        ("jourDateNaissance", "27"),
        ("codeCogInseePaysNaissance", "99100"),
        ("nomUsage", "Lefèvre"),
        ("nomCommuneNaissance", "Aubeval"),
        ("codeCogInseeDepartementNaissance", "28"),
    ]


def test_who_was_born_abroad_has_no_commune_and_a_name_of_use_is_another_name() -> None:
    asked = dict(parameters_of_identity(identity(country="99350", use_name="Durand"), "1"))

    assert not {"nomUsage", "nomCommuneNaissance", "codeCogInseeDepartementNaissance"} & set(asked)


@pytest.mark.parametrize(
    ("known", "names", "own"),
    [
        ("Claire Durand", {}, True),
        ("Claire Lefèvre", {"use_name": "LEFEVRE"}, True),
        ("DURAND Claire", {"first_names": ["Claire", "Anne"]}, True),
        ("DURAND Claire", {"first_names": ["Anne", "Claire"]}, False),
        ("Mme Claire Durand", {}, True),
        ("M. Claire Durand", {}, True),
        ("M. et Mme Claire Durand", {}, False),
        ("Mme Durand", {}, False),
        ("Claire Lefèvre", {}, False),
        ("Paul Durand", {}, False),
        ("Claire Marie Durand", {}, False),
        ("Claire Marie Durand", {"first_names": ["Claire", "Marie", "Anne"]}, True),
        ("", {}, False),
        ("Jean Martin", {"use_name": "Martin", "first_names": ["Marie", "Jean"]}, False),
        ("Jean Martin", {"use_name": "Martin", "first_names": ["Marie"]}, False),
        ("Jean Martin", {"use_name": "Martin", "first_names": ["Jean", "Marie"]}, True),
        ("Jean Martin", {"use_name": "Martin", "first_names": ["Jean-Marie"]}, False),
        ("Jean Martin", {"birth_name": "Durand Martin", "first_names": ["Jean"]}, False),
        ("Jean Martin", {"birth_name": "Jean", "first_names": ["Marie", "Martin"]}, False),
        ("Jean-Marie Martin", {"birth_name": "Martin", "first_names": ["Jean", "Marie"]}, True),
        ("Jean Marie Martin", {"birth_name": "Martin", "first_names": ["Jean-Marie"]}, True),
        ("Jean-Marie Martin", {"birth_name": "Martin", "first_names": ["Marie", "Jean"]}, False),
        (
            "Marie-Claire Durand",
            {"birth_name": "Petit", "use_name": "Claire Durand", "first_names": ["Marie"]},
            False,
        ),
        ("Zoé Le Goff-Étienne", {"birth_name": "LE GOFF ETIENNE", "first_names": ["ZOE"]}, True),
        ("Claire Durand-Lefèvre", {"use_name": "Lefèvre"}, True),
        ("Claire Lefèvre Durand", {"use_name": "Durand Lefèvre"}, True),
        ("Claire Durand", {"birth_name": "Durand Lefèvre"}, False),
        ("Claire -", {}, False),
    ],
    ids=[
        *("as known", "by the name of use", "capitals, and a second name"),
        *("known by a second name", "Mme", "M.", "two of them", "no first name known"),
        *("another family name", "another first name", "a name that is not said"),
        *("two first names", "nobody", "the other parent, with one's own name behind"),
        *("the other parent", "one's own first, then another", "a compound of one's own"),
        *("a longer birth name", "one's own names crossed", "a hyphen that is typed as a space"),
        *("a space that is typed as a hyphen", "a compound turned round", "half a compound"),
        *("accents and particles", "both names known", "both names in another order"),
        *("one of two names known", "a dash"),
    ],
)
def test_one_asks_for_oneself_alone(known: str, names: dict[str, Any], own: bool) -> None:
    assert is_identity_of(known, identity(**names)) is own


def test_a_household_asks_ten_times_a_day_and_after_four_failures_tomorrow() -> None:
    tomorrow = datetime(2026, 12, 2, 23, 0, tzinfo=UTC)
    soon = NOON + timedelta(seconds=60)
    once_failed = Asked(NOON, 1, 1, soon)
    all_day = Asked(NOON, MOST_A_DAY, MOST_FAILURES, soon)

    assert waits([], NOON) is None
    assert waits([once_failed], NOON) == (FundsSilent, soon)
    assert waits([once_failed], soon) is None
    assert waits([Asked(NOON, MOST_A_DAY - 1, 0, None)], NOON) is None
    assert waits([Asked(NOON, MOST_A_DAY, 0, None)], NOON) == (AskedTooOften, tomorrow)
    assert waits([Asked(NOON, 4, MOST_FAILURES, soon)], NOON) == (FundsSilent, tomorrow)
    assert waits([all_day], tomorrow) is None


def test_what_all_guardians_of_a_household_asked_is_counted_together() -> None:
    half = Asked(NOON, MOST_A_DAY // 2, MOST_FAILURES // 2, None)
    of_yesterday = Asked(NOON - timedelta(days=1), MOST_A_DAY, MOST_FAILURES, None)
    tried = Asked(NOON, MOST_A_DAY // 2, 0, None)
    failed = Asked(NOON, MOST_FAILURES // 2, MOST_FAILURES // 2, None)
    tomorrow = datetime(2026, 12, 2, 23, 0, tzinfo=UTC)

    assert waits([half, tried], NOON) == (AskedTooOften, tomorrow)
    assert waits([failed, failed], NOON) == (FundsSilent, tomorrow)
    assert waits([half, of_yesterday], NOON) is None


def waits(asked: list[Asked], at: datetime) -> tuple[type[MayNotAskYet], datetime] | None:
    """Return why a household has to wait, and until when."""
    try:
        require_may_ask(asked, at)
    except MayNotAskYet as why:
        return type(why), why.again_at
    return None


def test_a_refused_token_rests_for_a_day_and_refused_rights_for_an_hour() -> None:
    later = NOON + timedelta(hours=1)

    assert is_town_refused(NOON, 401, later)
    assert not is_town_refused(NOON, 401, NOON + timedelta(days=1))
    assert is_town_refused(NOON, 403, later - timedelta(seconds=1))
    assert not is_town_refused(NOON, 403, later)


NAMED = """
api_particulier:
  siret: "21280085200017"
"""


def test_a_town_file_names_api_particulier_by_the_town_s_siret(tmp_path: Path) -> None:
    town = parse_register(compile_register(town_of(TEXT + NAMED, tmp_path), [], {})).town

    assert town.api_particulier == ApiParticulier(
        "21280085200017", "https://particulier.api.gouv.fr"
    )
    assert parse_register(compile_register(town_of(TEXT, tmp_path), [], {})).town == replace(
        town, api_particulier=None
    )


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ('api_particulier: {siret: "2128008520001"}', "must be 14 digits"),
        ("api_particulier: {address: https://a.example}", "siret is missing"),
        (f"{NAMED}  address: http://a.example", "must be an address, https://"),
    ],
    ids=["13 digits", "nobody's", "in clear"],
)
def test_a_town_file_that_names_it_wrongly_is_refused(
    more: str, reason: str, tmp_path: Path
) -> None:
    [problem] = problems_of(f"{TEXT}\n{more}\n", tmp_path)

    assert reason in problem


def test_a_token_that_has_no_room_in_a_header_is_said_before_anything_begins(
    tmp_path: Path,
) -> None:
    (tmp_path / "register.json").write_text(json.dumps(demo_rows()))
    environment = {
        "PREAU_HOME": str(tmp_path),
        "PREAU_PRINCIPAL": "billing",
        "AMQP_URI": "amqp://",
        "DATABASE_URL": "sqlite://",
    }

    with pytest.raises(SettingsIncomplete, match="API_PARTICULIER_TOKEN is one word"):
        Settings.from_env({**environment, "API_PARTICULIER_TOKEN": "of the\ntown"})
