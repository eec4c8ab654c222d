"""Parts that many desk pages share: blueprints, charts, grouped entries, columns of lists."""
