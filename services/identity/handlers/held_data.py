"""Data of persons in identity, for a request of access (GDPR, article 15)."""

from services.identity.models import Base
from shared.database.person_data.held_data import HeldData

MOMENTS = "good for minutes, and gone"
NAMELESS = "kept by a digest from which nobody is known"
OF_AGENTS = "of agents"

HELD = HeldData(
    tables=Base.metadata.sorted_tables,
    left_out={
        **dict.fromkeys(("challenge", "passing", "counter_code"), MOMENTS),
        **dict.fromkeys(("login_tries", "forgotten_password", "letter", "letter_lot"), NAMELESS),
        **dict.fromkeys(("code_by_town", "dated_right", "right_offer"), OF_AGENTS),
        "recovery_code": "secrets, of which nothing is legible",
    },
    adults={"accompanied_session": ("family",)},
    subjects_are_adults=True,
    hidden=frozenset({"accompanied_session.agent", "code_by_town.in_place_of"}),
    agents={
        **dict.fromkeys(("subject", "dated_right", "right_offer", "code_by_town"), ("subject",)),
        **dict.fromkeys(("sign_in", "known_device", "passkey", "invitation"), ("subject",)),
        **dict.fromkeys(("access_change", "email_change", "openid_link"), ("subject",)),
        **dict.fromkeys(("challenge", "passing", "recovery_code", "corrected_guardian"), ()),
    },
)
