"""The replica: projections received for each child, merged, and what each role may see of them."""
