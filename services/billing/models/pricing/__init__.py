"""Tables of prices: tariffs as providers announced them, grids replayed over past quantities."""
