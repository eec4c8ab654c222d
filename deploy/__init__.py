"""
The `preau` command and the ground it stands on: broker, database, secrets, processes.
"""
