"""The treatment register of article 30 GDPR, by service."""
