"""Rule for an agent's PIN: no guessable one."""

import re
from itertools import pairwise

DIGITS = 6


def is_pin_guessable(pin: str) -> bool:
    """Return whether a PIN is not six digits, or among those that people try first."""
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", pin):
        return True
    steps = {(int(later) - int(earlier)) % 10 for earlier, later in pairwise(pin)}
    return len(steps) == 1 or pin == pin[:2] * 3 or pin == pin[:3] * 2
