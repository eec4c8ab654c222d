"""Sentence on a credit note of a run: which months were computed again, and what changed there."""

from collections.abc import Iterable

from services.billing.bills.rules.draft import Taken
from services.billing.documents import phrases
from services.billing.pricing.rules.inputs_and_lines import Line
from shared.web.prices.price_labels import in_french

_ANOTHER_PRICE = "le prix n’est plus le même"
_NOT_COUNTED = "ce qui est repris n’est plus à payer"


def recount_sentence(taken: Iterable[Taken], added: Iterable[Line]) -> str:
    """
    Say why a run takes lines of a bill back, for the family and its régie.

    Nothing of a quotient or an address: the new lines say why they cost what they cost.
    """
    back = list(taken)
    charged_again = {_what_is_charged(line) for line in added}
    again = [_what_is_charged(each.line) in charged_again for each in back]
    changed = [
        sentence
        for sentence, holds in ((_ANOTHER_PRICE, any(again)), (_NOT_COUNTED, not all(again)))
        if holds
    ]
    months = phrases.several_months(each.line.month for each in back)
    return in_french(
        "nouveau calcul pour %(months)s : %(changed)s", months=months, changed=", ".join(changed)
    )


def _what_is_charged(line: Line) -> tuple[object, ...]:
    return line.child_id, line.tariff, line.part, line.month
