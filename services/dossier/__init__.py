"""The dossier: one file per child, kept by the town."""
