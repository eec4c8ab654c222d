"""Finding and opening a household at the front desk, guarded ones included."""
