"""Going on next year: campaigns, what they propose to whom, the answers, and what follows."""
