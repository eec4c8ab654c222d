"""The children of a payer, eldest first, and their ranks among those who use a tariff."""

from collections.abc import Collection

from services.billing.pricing.rules.inputs_and_lines import Payer


class Children:
    """The children of one payer; one that it does not list any more comes after the others."""

    def __init__(self, payer: Payer) -> None:
        self._same_as = {
            child.child_id: child.same_as or child.child_id for child in payer.children
        }
        own_files = [child for child in payer.children if not child.same_as]
        eldest_first = sorted(own_files, key=lambda child: (child.birth_date, child.child_id))
        places = {child.child_id: at for at, child in enumerate(eldest_first)}
        self._places = {
            child_id: places[same_as]
            for child_id, same_as in self._same_as.items()
            if same_as in places
        }
        self._names = {child.child_id: child.first_name for child in payer.children}

    def name_of(self, child_id: str | None) -> str:
        """Return a first name, "" for what the household owes as such."""
        return self._names.get(child_id, "") if child_id else ""

    def order_of(self, child_id: str | None) -> tuple[int, str]:
        """Return the position of a child's lines; those of the household come last."""
        if child_id is None:
            return len(self._places) + 1, ""
        return self._places.get(child_id, len(self._places)), child_id

    def ranks(self, taking_part: Collection[str]) -> dict[str, int]:
        """
        Return the rank of each child among those who take part: the eldest of them is first.

        Two files of one child are of one rank.
        """
        one_each = {self._same_as.get(child_id, child_id) for child_id in taking_part}
        in_order = sorted(one_each, key=self.order_of)
        ranks = {child_id: rank for rank, child_id in enumerate(in_order, start=1)}
        return {child_id: ranks[self._same_as.get(child_id, child_id)] for child_id in taking_part}
