"""
Prices and their reasons: pure functions of quantities, tariffs, quotients and residences.

No database, no clock, no float: integer cents, rounded half up once per unit price and then
multiplied, so that a family can work each line out again.
"""
