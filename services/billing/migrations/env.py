from shared.database.migrations import run

run()
