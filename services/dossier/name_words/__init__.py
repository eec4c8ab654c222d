"""Words under which the front desk finds children and guardians."""
