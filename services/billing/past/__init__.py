"""Bills and payments of another software, by batch: kept, shown to who may, and taken back."""
