"""The demonstration's town file, as it is and with mistakes, for tests of reading it."""

from pathlib import Path

import pytest

from deploy.register.town_file.town import Town, TownRefused, read_town

DEMO = Path(__file__).parents[2] / "deploy" / "towns" / "demo.yaml"
TEXT = DEMO.read_text(encoding="utf-8")

ENS_DIET = "      diet: Servir un repas et un goûter qui conviennent à l’enfant\n"
ENS_CARE = "      care_core: S’occuper de l’enfant et savoir quoi faire en cas d’urgence\n"
JUDO = "      - {code: judo, label: Judo, regime: sport}\n"
CLAIRE = "    first_administrator: {login: claire.aubry, name: Claire Aubry}\n"
AUBEVAL = '  - {insee: "28902", name: Aubeval, member_from: 2012-01-01}\n'
MUSIC = """
  - code: mus
    label: École de musique
    short_label: Musique
    letter: M
    hue: 4
    kind: agglomeration
    controller: Agglomération de Démonstration
    dpo: dpo@agglo-demonstration.example
    phone: "02 00 00 00 00"
    legal_basis: "RGPD art. 6-1-e : mission d’intérêt public"
    article_9_ground: "RGPD art. 9-2-g : intérêt public important"
    activities:
      - {code: piano, label: Piano, regime: music}
    entitlements:
      care_core: S’occuper de l’enfant et savoir quoi faire en cas d’urgence
      family: Savoir qui peut inscrire l’enfant
    roles:
      - code: teacher
        label: Professeur
        projections: [care_core]
        marks_seen: [care_core]
    first_administrator: {login: anne.petit, name: Anne Petit}
"""
"""A provider that no demonstration town has, as it is added."""


def town_of(text: str, tmp_path: Path) -> Town:
    file = tmp_path / "town.yaml"
    file.write_text(text, encoding="utf-8")
    return read_town(file)


def problems_of(text: str, tmp_path: Path) -> list[str]:
    """Give what is wrong as `line: reason`, the file's name taken off."""
    with pytest.raises(TownRefused) as refused:
        town_of(text, tmp_path)
    name = f"{tmp_path / 'town.yaml'}:"
    assert all(problem.startswith(name) for problem in refused.value.problems)
    return [problem.removeprefix(name) for problem in refused.value.problems]


def spoilt(old: str, new: str) -> str:
    assert old in TEXT, old
    return TEXT.replace(old, new, 1)


def line_of(part: str, text: str = TEXT) -> int:
    return text[: text.index(part)].count("\n") + 1


def leisure_centre(regime: str) -> str:
    """Give a town whose agglomeration runs holiday camps, under a regime as it was typed."""
    camp = f"{{code: camp, label: Séjour, regime: {regime}, tags: [meal, overnight]}}"
    sheet = ["pickup", "diet", "allergies", "treatments", "health_sheet"]
    text = spoilt(JUDO, f"      - {camp}\n").replace("[judo, swimming", "[camp, swimming")
    ens, agg = text[: text.index("  - code: agg")], text[text.index("  - code: agg") :]
    agg = agg.replace(ENS_CARE, ENS_CARE + "".join(f"      {p}: Pour le séjour\n" for p in sheet))
    asked = agg.index("    on_request:\n")
    agg = agg[:asked] + agg[agg.index("    roles:\n") :]
    return ens + agg.replace(
        "projections: [care_core, pickup, ", f"projections: [care_core, {', '.join(sheet)}, "
    )
