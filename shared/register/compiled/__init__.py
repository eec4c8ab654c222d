"""The register as `apply` writes it and processes read it."""
