"""What billing answers and hears, by who asks: each class is a part of BillingService."""
