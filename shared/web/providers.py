"""A provider as people recognise it: a short name, a hue and a letter, all from the register."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.register import Provider, ProviderNotFound, Register


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands on a page for a provider; `hue` is 1 to 4, and never the only sign."""

    code: str
    label: str
    short: str
    letter: str
    hue: int
    phone: str


def mark_of(provider: Provider) -> Mark:
    """Return the mark of a provider of the register."""
    return Mark(
        code=provider.code,
        label=provider.label,
        short=provider.short_label,
        letter=provider.letter,
        hue=provider.hue,
        phone=provider.phone,
    )


def mark_by_code(register: Register, code: str) -> Mark:
    """Return the mark for a code: also of who has left the town; no code is the town itself."""
    if not code:
        name = register.now.town.name
        return Mark(code, name, name, name[:1].upper(), 0, "")
    try:
        return mark_of(register.known(code))
    except ProviderNotFound:
        return Mark(code, code.upper(), code.upper(), code[:1].upper(), 0, "")


def marks_of(register: Register, codes: Iterable[str]) -> list[Mark]:
    """Return the marks of several providers in the order of the register, unknown ones last."""
    wanted = set(codes)
    known = [provider.code for provider in register.now.providers if provider.code in wanted]
    return [mark_by_code(register, code) for code in [*known, *sorted(wanted - set(known))]]
