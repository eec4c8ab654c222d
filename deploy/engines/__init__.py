"""The town's broker and database server, run by Préau or named in engines.yaml."""
