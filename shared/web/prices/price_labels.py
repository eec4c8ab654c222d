"""
Reasons of prices, in one sentence for who pays; amounts as one writes them.

Pure: portal, desk and documents bring their own gettext. A sentence holds a quotient, so nothing
here remembers one; spaces that do not break come from the French text and with the amounts.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from shared.contracts.enrolment import attendance, tariffs
from shared.json_values import JsonMapping
from shared.web.language.typography import NBSP, whole_number, with_french_spaces

Gettext = Callable[..., str]


def _l(message: str) -> str:
    """Mark a message for the catalogues; gettext says it where it is needed."""
    return message


OUTCOMES: Mapping[str, str] = {
    attendance.UNEXPECTED: _l("sans réservation"),
    attendance.ABSENT: _l("absence non signalée à temps"),
    attendance.EXCUSED: _l("absence excusée"),
    attendance.CANCELLED_LATE: _l("annulé après le délai"),
}
"""Why something is counted that was not an ordinary day."""


WHOLE = 10_000
"""The share of who alone pays a price, in parts of ten thousand."""


def in_french(message: str, **values: object) -> str:
    """Say a sentence in French, as gettext does where French is the language."""
    return with_french_spaces(message) % values


def euros(cents: int, gettext: Gettext = in_french) -> str:
    """Write an amount: « 213,60 € », « 1 234,50 € », « −2,50 € », "€213.60"."""
    whole, rest = divmod(abs(cents), 100)
    sign, cents_there = "−" if cents < 0 else "", f"{rest:02}"
    return gettext(
        "%(sign)s%(whole)s,%(cents)s €", sign=sign, whole=whole_number(whole), cents=cents_there
    )


def percent(millionths: int, gettext: Gettext = in_french) -> str:
    """Write a part of a million as percent: 9 000 is « 0,9 % »."""
    whole, rest = divmod(millionths, 10_000)
    decimals = f"{rest:04}".rstrip("0")
    number = _decimal_number(whole, decimals, gettext)
    return gettext("%(figure)s%(space)s%%", figure=number, space=NBSP)


def price_of_part(unit_cents: int, share_bp: int, gettext: Gettext = in_french) -> str:
    """Write the price of one, and of which part of it a household pays: « 0,80 € × 60 % »."""
    price = euros(unit_cents, gettext)
    return price if share_bp == WHOLE else f"{price} × {percent(share_bp * 100, gettext)}"


def reduction_percent(hundredths: int, gettext: Gettext = in_french) -> str:
    """Write a reduction: « −10 % »."""
    return f"−{percent(hundredths * 10_000, gettext)}"


def _decimal_number(whole: int, decimals: str, gettext: Gettext) -> str:
    if not decimals:
        return str(whole)
    return gettext("%(whole)s,%(decimals)s", whole=whole, decimals=decimals)


def quotient_band(start: int, end: int | None, gettext: Gettext = in_french) -> str:
    """Say a band of quotients (cents, `end` not included): « de 400 à moins de 640 »."""
    if end is None and start == 0:
        return gettext("tous les quotients")
    if end is None:
        return gettext("%(start)s et plus", start=quotient_limit(start, gettext))
    if start == 0:
        return gettext("moins de %(end)s", end=quotient_limit(end, gettext))
    return gettext(
        "de %(start)s à moins de %(end)s",
        start=quotient_limit(start, gettext),
        end=quotient_limit(end, gettext),
    )


def quotient_limit(cents: int, gettext: Gettext = in_french) -> str:
    """Write a quotient as grids print it: « 400 », « 853,50 »."""
    return _decimal_number(cents // 100, f"{cents % 100:02}" if cents % 100 else "", gettext)


def reason_sentence(reason: JsonMapping, gettext: Gettext = in_french) -> str:
    """
    Say the reason of a price, {"code", "params"} of shared/contracts/billing/bills.py.

    What the price follows from comes first, then where the payer lives, siblings, share.
    """
    code, params = reason["code"], reason.get("params", {})
    sentences = [_MAIN[code](params, gettext)]
    sentences += [text for each in _BESIDES if (text := each(code, params, gettext))]
    sentence = sentences[0]
    for more in sentences[1:]:
        sentence = gettext("%(one)s ; %(more)s", one=sentence, more=more)
    return sentence


def _flat_reason(params: JsonMapping, gettext: Gettext) -> str:
    if not params.get("decision"):
        return gettext("prix unique")
    return gettext("prix voté : %(decision)s", decision=params["decision"])


def _band_reason(params: JsonMapping, gettext: Gettext) -> str:
    quotient = _quotient_phrase(params, gettext)
    if not params.get("band"):
        return quotient
    if "quotient_cents" not in params:
        return gettext("%(band)s, %(quotient)s", band=params["band"], quotient=quotient)
    return gettext("%(band)s : %(quotient)s", band=params["band"], quotient=quotient)


def _effort_reason(params: JsonMapping, gettext: Gettext) -> str:
    if "quotient_cents" not in params:
        return gettext("%(rate)s de votre quotient", rate=percent(params["rate_ppm"], gettext))
    return gettext(
        "%(rate)s de votre %(quotient)s",
        rate=percent(params["rate_ppm"], gettext),
        quotient=_quotient_phrase(params, gettext),
    )


def _floor_reason(params: JsonMapping, gettext: Gettext) -> str:
    least = euros(params["floor_cents"], gettext)
    return gettext(
        "%(effort)s : au moins %(least)s", effort=_effort_reason(params, gettext), least=least
    )


def _ceiling_reason(params: JsonMapping, gettext: Gettext) -> str:
    most = euros(params["ceiling_cents"], gettext)
    return gettext(
        "%(effort)s : au plus %(most)s", effort=_effort_reason(params, gettext), most=most
    )


def _maximum_reason(params: JsonMapping, gettext: Gettext) -> str:
    return gettext("aucun quotient connu : prix le plus haut, jusqu’à ce que vous le disiez")


def _surcharge_reason(params: JsonMapping, gettext: Gettext) -> str:
    label, cents = params["label"], euros(params["cents"], gettext)
    if params.get("effect") == "replace":
        return gettext("%(label)s : %(cents)s, au lieu du prix habituel", label=label, cents=cents)
    return gettext("%(label)s : %(cents)s", label=label, cents=f"+{NBSP}{cents}")


def _no_price_reason(params: JsonMapping, gettext: Gettext) -> str:
    return gettext("le service n’a publié aucun prix pour ce jour")


_MAIN: Mapping[str, Callable[[JsonMapping, Gettext], str]] = {
    "flat": _flat_reason,
    "band": _band_reason,
    "effort": _effort_reason,
    "effort_floor": _floor_reason,
    "effort_ceiling": _ceiling_reason,
    "maximum": _maximum_reason,
    "surcharge": _surcharge_reason,
    "no_price": _no_price_reason,
}


def _residence_addition(code: str, params: JsonMapping, gettext: Gettext) -> str:
    if code == "surcharge" or not params.get("residence"):
        return ""
    if not params.get("commune"):
        return str(params["residence"])
    return gettext("%(residence)s (%(commune)s)", **_pick_params(params, "residence", "commune"))


def _rank_addition(code: str, params: JsonMapping, gettext: Gettext) -> str:
    if not params.get("rank"):
        return ""
    rank = params["rank"]
    if not params.get("percent"):
        return gettext("%(rank)se enfant", rank=rank)
    cheaper = reduction_percent(params["percent"], gettext)
    return gettext("%(rank)se enfant : %(less)s", rank=rank, less=cheaper)


def _share_addition(code: str, params: JsonMapping, gettext: Gettext) -> str:
    if not params.get("share_bp"):
        return ""
    return gettext("votre part : %(share)s", share=percent(params["share_bp"] * 100, gettext))


def _correction_addition(code: str, params: JsonMapping, gettext: Gettext) -> str:
    if params.get("previous_cents") is None:
        return ""
    return gettext("corrigé : %(cents)s auparavant", cents=euros(params["previous_cents"], gettext))


_PARTS: Mapping[str, tuple[str, str]] = {
    tariffs.MONTHS: (_l("%(due)s mois sur %(all)s"), _l("%(due)s mois sur %(all)s")),
    tariffs.HALF_MONTHS: (
        _l("%(due)s quinzaine sur %(all)s"),
        _l("%(due)s quinzaines sur %(all)s"),
    ),
    tariffs.WEEKS: (_l("%(due)s semaine sur %(all)s"), _l("%(due)s semaines sur %(all)s")),
    tariffs.DAYS: (_l("%(due)s jour sur %(all)s"), _l("%(due)s jours sur %(all)s")),
}
"""Words for what is due of a period, one and several."""


def parts_due(params: Mapping[str, Any], gettext: Gettext = in_french) -> str:
    """Say what is due of a period: « 2 semaines sur 4 »."""
    due = params["parts_due"]
    one, several = _PARTS[params["proration"]]
    return gettext(one if due == 1 else several, due=due, all=params["parts"])


def _parts_addition(code: str, params: JsonMapping, gettext: Gettext) -> str:
    if not params.get("proration"):
        return ""
    parts, whole = parts_due(params, gettext), euros(params["whole_cents"], gettext)
    return gettext("%(parts)s, d’un prix entier de %(whole)s", parts=parts, whole=whole)


_BESIDES = (
    _residence_addition,
    _rank_addition,
    _parts_addition,
    _share_addition,
    _correction_addition,
)


def _quotient_phrase(params: JsonMapping, gettext: Gettext) -> str:
    if "quotient_cents" not in params:  # asked for a band, by somebody who said no quotient
        limits = quotient_band(params["from_cents"], params["to_cents"], gettext)
        return gettext("quotient : %(limits)s", limits=limits)
    cents = params["quotient_cents"]
    amount = euros(cents, gettext) if cents % 100 else _whole_euros(cents, gettext)
    kind = _KINDS.get(params.get("quotient_kind", ""))
    if kind is None:
        return gettext("quotient de %(amount)s", amount=amount)
    return gettext(
        "quotient de %(amount)s (%(kind)s, depuis %(month)s)",
        amount=amount,
        kind=gettext(kind),
        month=_month_phrase(params["quotient_from"], gettext),
    )


def _whole_euros(cents: int, gettext: Gettext) -> str:
    return gettext("%(whole)s €", whole=whole_number(cents // 100))


_KINDS = {
    "caf": _l("CAF"),
    "msa": _l("MSA"),
    "municipal": _l("calculé par la ville"),
    "tax": _l("avis d’impôt"),
}


def _month_phrase(day: str, gettext: Gettext) -> str:
    at = date.fromisoformat(day)
    month = f"{gettext(_MONTHS[at.month - 1])}{NBSP}{at.year}"
    if at.day == 1:
        return month
    return gettext("le %(day)s %(month)s", day=at.day, month=month)


_MONTHS = (
    _l("janvier"),
    _l("février"),
    _l("mars"),
    _l("avril"),
    _l("mai"),
    _l("juin"),
    _l("juillet"),
    _l("août"),
    _l("septembre"),
    _l("octobre"),
    _l("novembre"),
    _l("décembre"),
)


def _pick_params(params: JsonMapping, *names: str) -> dict[str, object]:
    return {name: params[name] for name in names}
