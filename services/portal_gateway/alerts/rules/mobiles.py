"""A French mobile as a person types it, and as a gateway dials it. Pure."""

import re

from shared.text import read_telephone_number

_MOBILE = re.compile(r"0([67]\d{8})")
_OVERSEAS = re.compile(r"\+(?:262|590|594|596)6\d{8}")


def as_e164(typed: str) -> str | None:
    """Return a mobile in E.164, « +33612345678 »; None for what is none of France."""
    number = (read_telephone_number(typed) or "").replace(" ", "")
    if mobile := _MOBILE.fullmatch(number):
        return f"+33{mobile[1]}"
    return number if _OVERSEAS.fullmatch(number) else None


def mobile_as_dialled(number: str) -> str:
    """Return a number as its person would dial it: « 0612345678 » for « +33612345678 »."""
    return f"0{number[3:]}" if number.startswith("+33") else number
