"""« Créer le dossier de mon enfant »: written without an account, and come back to."""
