"""
« Créer le dossier de mon enfant »: a registration without an account, until the front desk accepts
it.
"""
