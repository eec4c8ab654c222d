"""A provider as people recognise it: a short name, a hue and a letter, all from the register."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.register import Office, ProviderNotFound, Register


@dataclass(frozen=True, slots=True)
class Mark:
    """Display of a provider on pages; `hue` is 1 to 4, and never the only sign."""

    code: str
    label: str
    short: str
    letter: str
    hue: int
    phone: str


def badge_of_provider(provider: Office) -> Mark:
    """Return the mark of a provider of the register, or of the front desk."""
    return Mark(
        code=provider.code,
        label=provider.label,
        short=provider.short_label,
        letter=provider.letter,
        hue=provider.hue,
        phone=provider.phone,
    )


def badge_by_code(register: Register, code: str, label: str = "") -> Mark:
    """
    Return the mark for a code: also of who has left the town; no code is the town itself.

    Whom the register does not know is called `label`, or by the code where nobody knows its name.
    """
    if not code:
        name = register.now.town.name
        return Mark(code, name, name, name[:1].upper(), 0, "")
    for known in (register.office, register.present_or_former_provider):
        try:
            return badge_of_provider(known(code))
        except ProviderNotFound:
            continue
    name = label or code.upper()
    return Mark(code, name, name, name[:1].upper(), 0, "")


def badges_of_providers(register: Register, codes: Iterable[str]) -> list[Mark]:
    """Return the marks of several providers in the order of the register, unknown ones last."""
    requested = set(codes)
    known = [provider.code for provider in register.now.providers if provider.code in requested]
    return [badge_by_code(register, code) for code in [*known, *sorted(requested - set(known))]]
