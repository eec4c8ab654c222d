"""Régies of a provider, as the town file says them: each account apart, each number once."""

from pathlib import Path

import pytest

from deploy.register.town_file.town import TownRefused, read_town
from shared.register import Regie

DEMO = Path(__file__).parents[2] / "deploy" / "towns" / "demo.yaml"
TEXT = DEMO.read_text(encoding="utf-8")

TREASURER = """      - code: treasurer
        label: Régisseur
        projections: []
        acts: [regie]
"""
SECOND = """      - code: evening
        number: 2
        prefix: SOI
        label: Régie de l’accueil du soir
        deed: arrêté n° 2024-007 du 8 janvier 2024
        channel: regie
        siret: "21289010000018"
        address: 1 place de la Mairie, 28901 Démonstration
        activities: [evening_care]
"""
"""A second account of the school service, written before its administrator."""
VOUCHERS = """        means: [cash, cheque, transfer, card, cesu, e_cesu]
        cesu_for: [evening_care]
"""
"""Lines of the counter that takes vouchers for the evening."""
CLAIRE = "    first_administrator: {login: claire.aubry, name: Claire Aubry}\n"


def regies(text: str, tmp_path: Path, provider: int = 0) -> tuple[Regie, ...]:
    file = tmp_path / "town.yaml"
    file.write_text(text, encoding="utf-8")
    return read_town(file).providers[provider].regies


def problems(text: str, tmp_path: Path) -> list[str]:
    """Give what is wrong as `line: reason`, the file's name taken off."""
    with pytest.raises(TownRefused) as refused:
        regies(text, tmp_path)
    return [
        problem.removeprefix(f"{tmp_path / 'town.yaml'}:") for problem in refused.value.problems
    ]


def spoil(old: str, new: str, text: str = TEXT) -> str:
    assert old in text, old
    return text.replace(old, new, 1)


def with_a_second_regie(**more: str) -> str:
    """Give the demo town in which the evening is collected apart; `more` replaces its lines."""
    second = SECOND
    for key, value in more.items():
        line = next(each for each in second.split("\n") if each.strip(" -").startswith(f"{key}:"))
        second = second.replace(line, f"{line[: line.index(key)]}{key}: {value}")
    text = spoil("[canteen, evening_care]\n        numcli", "[canteen]\n        numcli")
    text = spoil(VOUCHERS, "", text)
    return spoil(CLAIRE, second + CLAIRE, text)


def test_the_demo_town_collects_once_by_a_regie_and_once_by_titre(tmp_path: Path) -> None:
    (ens,), (agg,) = regies(TEXT, tmp_path), regies(TEXT, tmp_path, provider=1)

    assert (ens.channel, ens.prefix, ens.least_cents) == ("regie", "ENS", 0)
    assert (agg.channel, agg.prefix, agg.least_cents) == ("titre", "AGG", 1500)
    assert (ens.numcli, ens.due_days) == ("000101", 30)


def test_a_provider_may_collect_under_two_accounts(tmp_path: Path) -> None:
    canteen, evening = regies(with_a_second_regie(), tmp_path)

    assert (canteen.activities, evening.activities) == (("canteen",), ("evening_care",))
    assert (evening.numcli, evening.payfip, evening.till_ceiling_cents) == ("", "test", 0)


def test_an_activity_that_nobody_pays_for_has_no_account(tmp_path: Path) -> None:
    ens = read_town(DEMO).providers[0]

    assert not [each for each in ens.regies if "school_enrolment" in each.activities]


def test_a_provider_may_collect_nothing(tmp_path: Path) -> None:
    start = TEXT.index("    regies:", TEXT.index("  - code: agg"))
    text = TEXT[:start] + TEXT[TEXT.index("    first_administrator: {login: malik") :]

    assert regies(text, tmp_path, provider=1) == ()


def test_a_role_may_collect_without_seeing_anything_of_a_child(tmp_path: Path) -> None:
    treasurer = read_town(DEMO).providers[0].roles[-1]

    assert (treasurer.projections, treasurer.permissions) == ((), ("regie",))
    blind = problems(spoil(TREASURER, TREASURER.replace("[regie]", "[]")), tmp_path)
    assert any("role treasurer" in each and "projections" in each for each in blind)


MISTAKES = {
    "an unknown activity": ("[canteen, evening_care]\n", "[canteen, evening]\n", "evening_care?"),
    "an unknown channel": ("channel: regie", "channel: regis", "did you mean regie?"),
    "an unknown contract": ("payfip: production", "payfip: prod", "PayFiP contract 'prod'"),
    "a titre below 15 €": (
        'numcli: "000303"\n',
        'numcli: "000303"\n        least_cents: 1499\n',
        "no titre below 15 € (art. D1611-1 CGCT)",
    ),
    "a short SIRET": ('"21289010000018"', '"2128901000001"', "14 digits"),
    "a client number too long": ('"000101"', '"0001011"', "6 digits"),
    "a number of 0": ("number: 1\n", "number: 0\n", "from 1 to 999"),
    "a small prefix": ("prefix: ENS", "prefix: ens", "2 to 6 capital letters"),
    "a titre without its issuer": (
        "        finance:\n          first_name: Paul\n          name: Rivière\n",
        "        finance:\n          name: Rivière\n",
        "first_name is missing",
    ),
    "a nature with a letter": ('nature: "7067"', 'nature: "70A7"', "1 to 8 digits"),
    "a function with a letter": ('function: "251"', 'function: "25A"', "1 to 8 digits"),
    "a budget of three signs": ('budget: "00"', 'budget: "000"', "2 digits"),
    "a product of five characters": ("product: SCO\n", "product: SCOLA\n", "1 to 4 digits"),
    "a period of two digits": ("period: quarter", 'period: "10"', "quarter, or one digit"),
    "an amount in euros": ("120000", "1200.00", "amount in cents"),
    "unknown means": ("transfer, card, cesu", "transfer, card, ceso", "did you mean cesu?"),
    "a CESU that pays nothing": (
        "transfer, card, cesu, e_cesu]\n        cesu_for: [evening_care]\n",
        "transfer, cesu]\n",
        "a CESU is taken with the activities that it may pay, and not without",
    ),
    "a CESU for the canteen": (
        "cesu_for: [evening_care]",
        "cesu_under_six_for: [evening_care, canteen]",
        "no CESU pays a canteen (art. L1271-1 code du travail)",
    ),
    "a CESU for another's activity": (
        "cesu_for: [evening_care]",
        "cesu_for: [judo]",
        "judo is none of this régie's activities",
    ),
    "chèques-vacances that pay nothing": (
        "card, cesu, e_cesu]",
        "card, cesu, e_cesu, ancv]",
        "chèques-vacances are taken with the activities that they may pay",
    ),
    "an unknown key": ("channel: regie", "canal: 1\n        channel: regie", "unknown key 'canal'"),
    "the same code": ("      - code: agg\n", "      - code: ens\n", "code ens is used on line"),
    "the same number": ("number: 3", "number: 1", "number 1 is used on line"),
    "the same prefix": ("prefix: AGG", "prefix: ENS", "prefix ENS is used on line"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_said_on_its_line(mistake: str, tmp_path: Path) -> None:
    old, new, reason = MISTAKES[mistake]
    text = spoil(old, new)

    found = problems(text, tmp_path)

    pairs = zip(TEXT.split("\n"), text.split("\n"), strict=False)
    written = next(number for number, (was, now) in enumerate(pairs, start=1) if was != now)
    near = range(written, written + new.count("\n") + 1)
    assert any(int(each.split(":")[0]) in near and reason in each for each in found), found


def test_a_titre_names_who_issues_it(tmp_path: Path) -> None:
    start = TEXT.index("        finance:\n          first_name: Paul")
    end = TEXT.index("    first_administrator", start)

    [found] = problems(TEXT[:start] + TEXT[end:], tmp_path)

    assert "a titre names its issuer (art. L1617-5 4° CGCT)" in found


def test_an_activity_belongs_to_one_account_alone(tmp_path: Path) -> None:
    found = problems(with_a_second_regie(activities="[canteen, evening_care]"), tmp_path)

    assert [each.split(": ", 1)[1] for each in found] == [
        "regie evening: canteen belongs to another régie"
    ]


@pytest.mark.parametrize(("key", "value"), [("number", "1"), ("prefix", "ENS"), ("code", "ens")])
def test_two_accounts_of_one_provider_number_apart(key: str, value: str, tmp_path: Path) -> None:
    found = problems(with_a_second_regie(**{key: value}), tmp_path)

    assert any(f"{key} {value} is used on line" in each for each in found)


@pytest.mark.parametrize("key", ["deed", "siret", "address", "activities", "channel", "label"])
def test_what_a_bill_must_say_of_its_issuer_is_not_left_out(key: str, tmp_path: Path) -> None:
    lines = SECOND.split("\n")
    second = "\n".join(line for line in lines if not line.strip(" -").startswith(f"{key}:"))
    text = with_a_second_regie().replace(SECOND, second)

    assert any(f"regie evening: {key} is missing" in each for each in problems(text, tmp_path))


def test_a_regie_says_why_its_bills_bear_no_vat_and_who_mediates(tmp_path: Path) -> None:
    said = "        mediator: Médiateur X, 1 rue Y, 75000 Paris.\n        due_days: 30\n"
    (ours,) = regies(TEXT.replace("        due_days: 30\n", said, 1), tmp_path)

    assert ours.vat == "TVA non applicable, article 256 B du code général des impôts."
    assert ours.mediator == "Médiateur X, 1 rue Y, 75000 Paris."
    (other,) = regies(TEXT, tmp_path, provider=1)
    assert (other.vat, other.mediator) == ("TVA non applicable.", "")
