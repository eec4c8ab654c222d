"""What the dossier answers and hears, by who asks or what it is about."""
