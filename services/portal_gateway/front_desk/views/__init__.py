"""The front desk's pages, one file per subject."""
