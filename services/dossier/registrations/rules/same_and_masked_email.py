"""E-mail addresses in registrations: which one is kept, and how it is shown."""

from services.dossier.sections.rules.projections import Content


def email_of_content(content: Content) -> str:
    """Return the e-mail of a registration, or ""."""
    return str(content.get("guardian", {}).get("email", ""))


def is_same_address(one: str, other: str) -> bool:
    """Say whether two addresses are one: nobody has two that differ in their capitals."""
    return one.strip().casefold() == other.strip().casefold()


def mask_address(address: str) -> str:
    """Return an address of which its owner knows it, and nobody else reads it."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}…@{domain}"
