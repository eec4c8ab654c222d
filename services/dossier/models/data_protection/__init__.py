"""Tables of data protection: the read log, names behind reads, requests of persons."""
