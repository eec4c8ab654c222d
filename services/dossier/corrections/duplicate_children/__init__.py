"""Two files that are one child: found, compared, joined at the front desk, taken apart again."""
