"""Forms: parsing, uploads."""
