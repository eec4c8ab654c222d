"""School years by the year in which they begin: 2025 is from September 2025 to August 2026."""

SEPTEMBER = 9


def school_year_of_month(month: str) -> int:
    """Return the school year of a month such as 2026-05."""
    year, number = int(month[:4]), int(month[5:])
    return year if number >= SEPTEMBER else year - 1


def first_and_last_month_of(year: int) -> tuple[str, str]:
    """Return the first and the last month of a school year."""
    return f"{year:04d}-09", f"{year + 1:04d}-08"
