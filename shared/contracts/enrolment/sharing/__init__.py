"""Events on which the dossier decides what a provider is sent, and what became of it."""
