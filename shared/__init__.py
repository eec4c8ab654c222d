"""What every service stands on: the register, the contracts, the bus, the database."""
