"""
The `preau` command and its infrastructure: broker, database, secrets, processes.
"""
