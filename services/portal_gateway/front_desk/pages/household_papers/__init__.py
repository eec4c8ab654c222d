"""Papers that families keep for their household, checked at the front desk."""
