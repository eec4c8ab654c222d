"""Money that comes: opened at PayFiP, asked for, taken at the counter, taken back."""
