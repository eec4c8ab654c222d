"""Prices in words: grids, labels, reasons."""
