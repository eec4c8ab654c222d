"""Contracts of what leaves the dossier: grants, handovers, changes of a provider."""
