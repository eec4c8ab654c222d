"""One installed town on this machine: its paths, ports and secrets."""
