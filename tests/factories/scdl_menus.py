"""A file of menus of the schema SCDL, line by line."""

from pathlib import Path

SCHEMA = Path(__file__).parents[1] / "rules" / "golden" / "scdl" / "menus-collectifs-1.2.3.json"
SITES = ["École Jules-Ferry", "École Simone-Veil"]
HEADER = (
    "menuCollNom,menuCollSiret,menuEtablissementNom,menuRestaurantNom,menuRestaurantIdType,"
    "menuRestaurantType,menuRestaurantConvive,menuDate,menuRepasType,menuPlatType,menuPlatNom,"
    "menuPlatRegime,menuPlatAllergene,menuPublicationDate"
)


def line(
    name: str = "Gratin",
    allergens: str = "lait;gluten",
    *,
    site: str = SITES[0],
    day: str = "2026-12-03",
    meal: str = "déjeuner",
    course: str = "plat principal",
    guests: str = "tous",
    diet: str = "",
) -> str:
    return (
        f"Ville,21289010000018,Cuisine,{site},sans,élémentaire,{guests},{day},{meal},{course},"
        f"{name},{diet},{allergens},2026-11-30"
    )


def file(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *lines]).encode()
