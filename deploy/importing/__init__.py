"""`preau import`: CSV of other software, read by a small mapping file (docs/import.md)."""
