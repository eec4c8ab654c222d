"""
Writes the next migration of a service.

    python -m shared.database.migrations new dossier "what changes"
"""

import sys

from shared.database.migrations.migrate import write_next_migration

if __name__ == "__main__":
    write_next_migration(sys.argv[2], sys.argv[3])
