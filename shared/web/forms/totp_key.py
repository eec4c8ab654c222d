"""The secret of one-time codes, as a page gives it to an application on a telephone."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from markupsafe import Markup

from shared.documents.qr_code import qr_code


@dataclass(frozen=True)
class TotpKey:
    """An otpauth address, as a link, as a drawing, and by groups of four as one types it."""

    address: str

    @property
    def drawing(self) -> Markup:
        return Markup(qr_code(self.address, fluid=True))

    @property
    def grouped(self) -> str:
        secret = parse_qs(urlsplit(self.address).query)["secret"][0]
        return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
