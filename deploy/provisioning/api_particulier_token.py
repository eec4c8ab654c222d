"""The token of API Particulier, which a town that names it there has to write by hand."""

from deploy.applied_town import Applied

TOKEN = "API_PARTICULIER_TOKEN"


def missing_token_sentence(applied: Applied, *, is_named: bool) -> str:
    """Say that a town file names API Particulier and billing has no token; "" where all is well."""
    if not is_named or applied.secrets.read_values("billing").get(TOKEN):
        return ""
    return (
        "The town file names API Particulier, and secrets/billing.env has no line"
        f" {TOKEN}=…: no family can ask CAF or MSA for its quotient."
    )
