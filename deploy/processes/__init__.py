"""The processes of a town: what runs, supervision, prefork, systemd units and nginx."""
