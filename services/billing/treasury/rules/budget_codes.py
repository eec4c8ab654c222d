"""Codes of the budget under which a line is booked: pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Codes:
    """Nature, function, service and local product, "" where there is none."""

    nature: str = ""
    function: str = ""
    service: str = ""
    product: str = ""

    @property
    def suffice_for_booking(self) -> bool:
        """
        Say whether an accountant can book under them.

        PES v2 asks for nature and product, and takes digits alone for nature and function.
        """
        has_nature = self.nature.isdecimal() and self.nature.strip("0") != ""
        has_number = not self.function or self.function.isdecimal()
        return has_nature and has_number and self.product.strip("0") != ""


def parse_budget_codes(budget: str, usual: Codes) -> Codes:
    """
    Read a line's budget code, nature-function-service-product.

    What it does not say is what is `usual` at its régie.
    """
    parts = [*budget.split("-"), "", "", "", ""]
    nature, function, service, product = parts[:4]
    return Codes(
        nature or usual.nature,
        function or usual.function,
        service or usual.service,
        product or usual.product,
    )
