"""States of a provider: on trial, running, leaving, gone."""

RUNNING, SUSPENDED, REVOKED = "running", "suspended", "revoked"
TRIAL, ENDING_TRIAL = "trial", "ending_trial"
LEAVING, ENDED = "leaving", "ended"
STATES = (
    RUNNING,
    TRIAL,  # has invented children alone, and no way to families or to billing
    ENDING_TRIAL,  # off the broker while the data of its trial are deleted
    SUSPENDED,  # of the dossier's stream the care core alone (rule R6); no calls
    LEAVING,  # being revoked: receives what it must erase, gives its receipts, no calls
    ENDED,  # a successor has taken over: takes no child, collects what is still owed
    REVOKED,  # off the broker; its name and its régies stay readable
)
