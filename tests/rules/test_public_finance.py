"""Bills for the public accountant: codes, anomalies, the neutral batch, PES v2."""

import csv
import io
import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from deploy.register.town_file.town import read_town
from services.billing.treasury.queries.lot_files import part_of_lot_file, pes_file_of_lot
from services.billing.treasury.rules import pes_check
from services.billing.treasury.rules.bill_for_accountant import (
    BillChecks,
    DebtorRecord,
    NetLine,
    PieceLine,
    anomalies_of_bill,
    debtor_name,
    may_be_handed_over,
    piece_lines,
    suggested_names,
)
from services.billing.treasury.rules.budget_codes import Codes, parse_budget_codes
from services.billing.treasury.rules.lot_export import (
    COLUMNS,
    Batch,
    Piece,
    lot_as_csv,
    lot_as_json,
)
from services.billing.treasury.rules.pes_export import lot_as_pes, missing_settings
from services.billing.treasury.rules.pes_keys import (
    LETTERS,
    debt_number,
    first_key,
    pes_period_of_month,
    second_key,
)
from services.billing.treasury.rules.return_file import Unreadable, read_return_file
from shared.contracts.billing.regie.treasury import BLOCKING, WARNINGS, PesRefused
from shared.register import Finance, Regie

GOLDEN = Path(__file__).parent / "golden"
DEMO = Path(__file__).parents[2] / "deploy" / "towns" / "demo.yaml"
USUAL = Codes("7067", "251", "SCOL", "SCO")
CLAIRE = DebtorRecord("Claire Lefèvre", "12 rue de l’Épargne", "28901", "Démonstration")
NAMED = replace(CLAIRE, civility="madam", first_name="Claire", last_name="Lefèvre")


def line(cents: int, label: str = "Restauration scolaire", **more: str) -> PieceLine:
    codes = {"nature": "7067", "function": "251", "service": "SCOL", "product": "CANT", **more}
    return PieceLine(label, "2026-09", cents, **codes)


def facts(cents: int = 2_000, debtor: DebtorRecord = CLAIRE, **more: Any) -> BillChecks:
    usual = {"under_way": False, "disputed": False, "reminders": 1, "lines": [line(cents)]}
    return BillChecks(cents, debtor, **{**usual, **more})


def piece(number: int, *lines: PieceLine, **more: Any) -> Piece:
    usual: dict[str, Any] = {
        "number": number,
        "debt": f"2026001{number:07d}",
        "bill": f"2026-ENS-{number:06d}",
        "issued_on": date(2026, 10, 2),
        "due_on": date(2026, 11, 1),
        "month": "2026-09",
        "cents": sum(each.cents for each in lines),
        "reference": f"ENS{number:07d}",
        "debtor": CLAIRE,
        "lines": lines,
    }
    return Piece(**{**usual, **more})


def regie() -> Regie:
    return read_town(DEMO).providers[0].regies[0]


def lot(*pieces: Piece, **more: Any) -> Batch:
    """Return a lot of two bills, or of these."""
    abroad = DebtorRecord("=HYPERLINK(1)", "Œuvre 3", "L-1234", "Luxembourg")
    usual = pieces or (
        piece(
            1,
            line(3_080),
            line(920, "Accueil du soir", product="GARD", function="331"),
            debtor=NAMED,
        ),
        piece(2, line(1_500), debtor=abroad),
    )
    one = replace(regie(), **more)
    return Batch(
        "2026-ENS-L-000003", 2026, 3, date(2026, 11, 25), "Ville de Démonstration", one, usual
    )


@pytest.mark.parametrize(
    ("budget", "codes"),
    [
        ("", USUAL),
        ("7066", Codes("7066", "251", "SCOL", "SCO")),
        ("7067-252", Codes("7067", "252", "SCOL", "SCO")),
        ("7067-252-CUIS-CANT", Codes("7067", "252", "CUIS", "CANT")),
        ("7067---CANT", Codes("7067", "251", "SCOL", "CANT")),
    ],
)
def test_a_line_has_the_codes_of_its_tariff_and_for_the_rest_its_regies(
    budget: str, codes: Codes
) -> None:
    assert parse_budget_codes(budget, USUAL) == codes


def test_what_is_left_of_a_bill_is_shared_out_among_its_lines_to_the_cent() -> None:
    standing = [
        NetLine("Restauration scolaire", "2026-09", "7067", 1_001),
        NetLine("Restauration scolaire", "2026-09", "7067", 1_001),
        NetLine("Accueil du soir", "2026-09", "7066", 1_001),
    ]

    lines = piece_lines(standing, 2_000, USUAL)

    assert [(each.label, each.cents) for each in lines] == [
        ("Restauration scolaire", 1_333),
        ("Accueil du soir", 667),
    ]


def test_a_line_that_a_credit_note_took_back_is_not_handed_over() -> None:
    standing = [NetLine("Repas", "2026-09", "", 0), NetLine("Garderie", "2026-09", "", 900)]

    assert [each.label for each in piece_lines(standing, 900, USUAL)] == ["Garderie"]


@pytest.mark.parametrize(
    ("about", "found"),
    [
        (facts(), []),
        (facts(1_499), ["too_small"]),
        (facts(1_500), []),
        (facts(debtor=DebtorRecord("Claire Lefèvre")), ["no_address"]),
        (facts(under_way=True, disputed=True), ["under_way", "disputed"]),
        (facts(reminders=0), ["not_reminded"]),
        (facts(lines=[line(2_000, product="")]), ["no_codes"]),
        (facts(lines=[line(2_000, nature="70A7")]), ["no_codes"]),
        (facts(lines=[line(2_000, nature="0000")]), ["no_codes"]),
        (facts(lines=[line(2_000, function="25A")]), ["no_codes"]),
        (facts(1_499, goes_as_pes=True), ["too_small"]),
        (facts(plan="granted"), ["planned"]),
        (facts(plan="asked"), ["plan_asked"]),
        (facts(plan="lapsed"), []),
        (facts(goes_as_pes=True), ["no_civility"]),
        (facts(goes_as_pes=True, debtor=NAMED), []),
        (facts(goes_as_pes=True, debtor=replace(NAMED, name="M" * 39)), []),
        (facts(goes_as_pes=True, debtor=replace(NAMED, postcode="L-1234")), ["abroad"]),
        (facts(goes_as_pes=True, debtor=replace(NAMED, postcode="")), ["no_address"]),
        (facts(goes_as_pes=True, debtor=replace(NAMED, last_name="Лефевр")), ["not_latin"]),
        (facts(debtor=replace(CLAIRE, postcode="L-1234")), []),
    ],
)
def test_what_speaks_against_handing_a_bill_over(about: BillChecks, found: list[str]) -> None:
    assert anomalies_of_bill(about, reminders=1) == found
    assert may_be_handed_over(found, BLOCKING) == (set(found) <= set(WARNINGS))


@pytest.mark.parametrize(
    ("name", "goes"),
    [
        ("Œuvrard-Łukasiewicz Ñoël", True),
        ("N’Guyễn Đức", True),
        ("Олена Шевченко", False),
        ("Olena Шевченко", False),
        ("Ελένη Παππά", False),
        ("أمينة بنعلي", False),
    ],
)
def test_a_name_goes_whole_or_its_bill_stays_until_it_is_written_in_latin_letters(
    name: str, goes: bool
) -> None:
    debtor = replace(CLAIRE, name=name)

    assert anomalies_of_bill(facts(debtor=debtor), reminders=1) == ([] if goes else ["not_latin"])
    assert may_be_handed_over(["not_latin"], BLOCKING) is False


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("Claire Lefèvre", ("Claire", "Lefèvre")),
        ("Marie-Hélène de La Rochefoucauld", ("Marie-Hélène", "de La Rochefoucauld")),
        ("Anne Marie DA SILVA", ("Anne Marie", "DA SILVA")),
        ("DUPONT JEAN", ("DUPONT", "JEAN")),
        ("LEFÈVRE Claire", ("Claire", "LEFÈVRE")),
        ("N’DIAYE Awa", ("Awa", "N’DIAYE")),
        ("Mme Jeanne de LA TOUR", ("Jeanne", "de LA TOUR")),
        ("Marie Claire Le Goff", ("Marie Claire", "Le Goff")),
        ("Jean Louis d’Ormesson", ("Jean Louis", "d’Ormesson")),
        ("ANNE LE GOFF", ("ANNE", "LE GOFF")),
        ("Anne Martin Durand", ("Anne", "Martin Durand")),
        ("J. Ben", ("J.", "Ben")),
        ("Cher", ("", "Cher")),
        ("", ("", "")),
        (f"Jo {'M' * 30}-{'N' * 30}", ("Jo", f"{'M' * 30}-{'N' * 7}")),
    ],
)
def test_a_name_suggests_a_first_and_a_last_one_that_an_agent_corrects(
    name: str, suggested: tuple[str, str]
) -> None:
    assert suggested_names(name) == suggested


def test_the_accountant_reads_civility_last_and_first_name_in_the_order_of_the_schema() -> None:
    finance = replace(_finance(), sir="MR")
    him = replace(NAMED, civility="sir", first_name="Zoé", last_name="N’Guyễn")

    content = lot_as_pes(lot(piece(1, line(1_500), debtor=him), finance=finance))

    pes_check.check_pes_file(content, "")
    leaves = etree.fromstring(content).xpath("//InfoTiers/*")
    assert [(leaf.tag, leaf.get("V")) for leaf in leaves][-3:] == [
        ("Civilite", "MR"),
        ("Nom", "N'GUYEN"),
        ("Prenom", "ZOE"),
    ]


def test_one_person_owes_a_piece() -> None:
    assert debtor_name("Claire Lefèvre et Karim Lefèvre") == "Claire Lefèvre"


def test_the_neutral_batch_is_what_its_contract_says_to_the_byte() -> None:
    assert lot_as_csv(lot()) == _golden("lot.csv", lot_as_csv(lot()))
    assert lot_as_json(lot()) == _golden("lot.json", lot_as_json(lot()))


def test_each_piece_has_a_row_and_each_of_its_lines_one_that_adds_up() -> None:
    rows = list(csv.DictReader(io.StringIO(lot_as_csv(lot()).decode("utf-8-sig")), delimiter=";"))

    assert tuple(rows[0]) == COLUMNS
    for one in lot().pieces:
        mine = [row for row in rows if row["debt"] == one.debt]
        whole = [int(row["cents"]) for row in mine if row["row"] == "piece"]
        parts = [int(row["cents"]) for row in mine if row["row"] == "line"]
        assert whole == [one.cents] == [sum(parts)]
    assert json.loads(lot_as_json(lot()))["total_cents"] == lot().total_cents


def test_no_name_is_a_formula_in_a_spreadsheet() -> None:
    assert ";'=HYPERLINK(1);" in lot_as_csv(lot()).decode("utf-8-sig")


def test_the_pes_file_is_the_golden_one_to_the_byte_and_passes_its_schema() -> None:
    content = pes_file_of_lot(lot(), "")

    assert content == _golden("lot.pes.xml", content)
    assert content.startswith(b"<?xml version='1.0' encoding='ISO-8859-1'?>")
    assert content == pes_file_of_lot(lot(), "")


def test_the_pes_file_says_the_sums_and_counts_of_its_lot() -> None:
    root = etree.fromstring(lot_as_pes(lot()))
    amounts = [round(float(each) * 100) for each in root.xpath("//MtHT/@V")]

    assert root.xpath("string(//NbrPce/@V)") == "2"
    assert round(float(root.xpath("string(//MtBordHt/@V)")) * 100) == sum(amounts) == 5_500
    assert root.xpath("//Adresse/CP/@V")[-1] == "99999"  # abroad
    assert len(root.xpath("//Piece[1]/LigneDePiece/Tiers")) == 2  # a debtor beside each line


def test_who_lives_in_a_hamlet_without_streets_has_the_hamlet_for_a_street() -> None:
    debtor = replace(CLAIRE, street="", town="Le Hameau")

    content = lot_as_pes(lot(piece(1, line(1_500), debtor=debtor)))

    pes_check.check_pes_file(content, "")
    root = etree.fromstring(content)
    assert root.xpath("//Adr2/@V") == root.xpath("//Ville/@V") == ["LE HAMEAU"]


def test_the_software_that_wrote_a_file_is_named_in_it_and_not_the_town() -> None:
    root = etree.fromstring(lot_as_pes(lot()))

    written = [root.xpath(f"string(//Emetteur/{each}/@V)") for each in ("Sigle", "Adresse")]
    assert written == ["PREAU", "PREAU ORMC 3"]


def test_no_letter_of_a_name_is_dropped_on_its_way_to_the_accountant() -> None:
    debtor = DebtorRecord("Łukasz Sørensen-Yıldız", "3 allée Þór", "28901", "Œuvilly-l’Évêque")

    root = etree.fromstring(lot_as_pes(lot(piece(1, line(1_500), debtor=debtor))))

    written = [root.xpath(f"string(//{each}/@V)") for each in ("Nom", "Adr2", "Ville")]
    assert written == ["LUKASZ SORENSEN-YILDIZ", "3 ALLEE THOR", "OEUVILLY-L'EVEQUE"]


@pytest.mark.parametrize(
    ("spoilt", "by"),
    [
        (b'<TypPce V="15"/>', b'<TypPce V="16"/>'),
        (b'<TypPce V="15"/>', b""),
        (b'<MtHT V="15.00"/>', b'<MtHT V="0.00"/>'),
        (b'<MtHT V="15.00"/>', b'<MtHT V="15.0"/>'),
        (b'<CodProdLoc V="CANT"/>', b'<CodProdLoc V="CANTI"/>'),
        (b'<IdPost V="028001"/>', b'<IdPost V="28"/>'),
        (b'<Per V="3"/>', b'<Per V="10"/>'),
        (b'<Nom V="LEFEVRE"', b'<Nom V="' + b"A" * 39 + b'"'),
        (b"<Enveloppe>", b"<Enveloppe><Other/>"),
        (b'<Nature V="7067"/>', b'<Nature V="70A7"/>'),
        (b'<Nature V="7067"/>', b'<Nature V="0000"/>'),
        (b'<CodBud V="00"/>', b'<CodBud V="000"/>'),
        (b'<TypPce V="15"/>', b'<TypPce V="13"/>'),
        (b'<IdBord V="0000003"/>', b'<IdBord V="0000000"/>'),
        (b'<Nom V="LEFEVRE"', b'<Nom V="000"'),
        (b'<Civilite V="MME"', b'<Civilite V="MADEMOISELLE"'),
    ],
)
def test_our_own_schema_refuses_what_pes_does_not_take(spoilt: bytes, by: bytes) -> None:
    content = lot_as_pes(lot())
    assert spoilt in content
    pes_check.check_pes_file(content, "")

    with pytest.raises(pes_check.Unfit, match="invalid"):
        pes_check.check_pes_file(content.replace(spoilt, by, 1), "")


def test_an_official_schema_that_is_given_and_cannot_be_used_refuses_every_file(
    tmp_path: Path,
) -> None:
    empty, broken, strict = (tmp_path / name for name in ("empty", "broken", "strict"))
    for folder in (empty, broken, strict):
        folder.mkdir()
    (broken / "PES_Aller.xsd").write_text("<xs:schema>")
    own = pes_check.OWN_SCHEMA.read_text("utf-8")
    other = own.replace('pattern value="15', 'pattern value="01')
    (strict / "PES_Aller.xsd").write_text(other, "utf-8")

    for folder, why in (
        (empty, "unusable"),
        (broken, "unusable"),
        (tmp_path / "away", "unusable"),
        (strict, "invalid_official"),
    ):
        with pytest.raises(PesRefused) as refused:
            part_of_lot_file("a lot", lot, "pes", 0, str(folder))
        assert refused.value.detail["why"] == why
    neutral = part_of_lot_file("a lot", lot, "csv", 0, str(empty))
    assert neutral.parts == 1  # it needs no schema


def test_an_official_schema_that_can_be_used_is_used(tmp_path: Path) -> None:
    (tmp_path / "Rev0").mkdir()
    (tmp_path / "Rev0" / "PES_Aller.xsd").write_bytes(pes_check.OWN_SCHEMA.read_bytes())

    assert pes_check.schema_in_use(str(tmp_path)) == pes_check.OFFICIAL
    assert pes_file_of_lot(lot(), str(tmp_path)) == pes_file_of_lot(lot(), "")


def test_a_regie_without_the_accountants_codes_has_no_pes_file() -> None:
    finance = replace(_finance(), post="", budget="")

    assert missing_settings(finance) == ["post", "budget"]
    with pytest.raises(PesRefused):
        pes_file_of_lot(lot(finance=finance), "")


@pytest.mark.parametrize(
    ("month", "setting", "period"),
    [("2026-01", "quarter", "1"), ("2026-09", "quarter", "3"), ("2026-10", "quarter", "4"),
     ("2026-12", "quarter", "4"), ("2026-12", "0", "0")],
)  # fmt: skip
def test_the_period_is_one_digit_in_every_month(month: str, setting: str, period: str) -> None:
    assert pes_period_of_month(month, setting) == period


@pytest.mark.parametrize("number", ["20260010000001", "20260010000123", "20269999999999"])
def test_the_second_key_is_the_letter_that_is_computed_by_hand(number: str) -> None:
    debt = debt_number(number)
    payload = int("26" + "3" + "00" + "0" + debt)  # year, period, 00, the debt on 13 digits

    assert len(LETTERS) == 23 and len(debt) == 12
    assert second_key(2026, "3", debt) == LETTERS[payload % 23]


def test_the_first_key_is_left_out_unless_the_accountant_has_said_what_it_is_made_of() -> None:
    assert b"<Cle1" not in lot_as_pes(lot())

    by_nature = lot_as_pes(lot(finance=replace(_finance(), key1="nature")))

    assert first_key("101", "7067", 2026, "3", "260010000001") == _by_hand(
        "1017067" + "26" + "3" + "0260010000001"
    )
    assert b"<Cle1" in by_nature
    pes_check.check_pes_file(by_nature, "")


def test_a_lot_of_thousands_comes_in_parts_that_fit_a_message() -> None:
    many = lot(*(piece(number, line(2_000)) for number in range(1, 2_001)))

    parts = part_of_lot_file("many", lambda: many, "pes", 0, "")

    assert parts.parts > 1
    read = (part_of_lot_file("many", lambda: many, "csv", at, "") for at in range(2))
    assert max(len(each.content) for each in read) < 250_000


@pytest.mark.parametrize(
    ("content", "why"),
    [("", "empty"), ("a;b\n1;2", "columns"), ("{", "json"), ('{"format": "x"}', "version"),
     ('{"format": "preau-return", "version": 1, "rows": [1]}', "rows")],
)  # fmt: skip
def test_a_file_that_is_no_return_says_what_it_lacks(content: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_return_file(content)


def _by_hand(payload: str) -> str:
    weights = (2, 3, 4, 5, 6, 7) * 5
    total = sum(
        int(digit) * weight for digit, weight in zip(reversed(payload), weights, strict=False)
    )
    return {10: "1", 11: "1"}.get(11 - total % 11, str(11 - total % 11))


def _finance() -> Finance:
    finance = regie().finance
    assert finance is not None
    return finance


def _golden(name: str, made: bytes) -> bytes:
    """Return a golden file; with PREAU_GOLDEN set it is written anew, to be read in the diff."""
    path = GOLDEN / "treasury" / name
    if os.environ.get("PREAU_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(made)
    return path.read_bytes()
