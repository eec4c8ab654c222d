"""Half up to the cent, of integers: the only division that money sees."""


def half_up(amount: int, divisor: int) -> int:
    """Return `amount` / `divisor`, both from 0 on, rounded to the nearest: a half goes up."""
    return (2 * amount + divisor) // (2 * divisor)
