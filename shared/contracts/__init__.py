"""Every message on the bus, by its sender."""
