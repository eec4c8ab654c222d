"""Files by which a host runs a town: units of systemd, or containers and their image."""
