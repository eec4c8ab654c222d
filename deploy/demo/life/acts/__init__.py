"""Acts of the demonstration's people: families, desks, the front desk."""
