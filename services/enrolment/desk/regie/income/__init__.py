"""Income of the régie, by activity and band."""
