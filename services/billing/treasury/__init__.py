"""Public finance: lots for the public accountant, their files, and what comes back from there."""
