"""Files of papers in parts, each sealed with the key of whose it is, as it came."""
