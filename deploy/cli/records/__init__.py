"""Commands that read what was recorded: history, reads, sign-ins, traces, breaches."""
