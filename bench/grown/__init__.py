"""
A town ten times the large one of demonstration, and somebody who opens every page of it.

    python -m bench.grown fill   # into the running small town of PREAU_HOME and PREAU_PORT_BASE
    python -m bench.grown walk   # opens each kind of page, prints status, size and seconds

What is written goes straight into the services' databases: through the bus it would take hours.
"""
