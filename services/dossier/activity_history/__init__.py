"""Activities of a child by month and provider, without days or hours (rule R10)."""
