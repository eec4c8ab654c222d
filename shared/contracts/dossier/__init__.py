"""Messages that the dossier owns."""
