"""Parts that many pages of the desk share: charts, grouped entries, columns of lists."""
