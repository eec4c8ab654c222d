"""The town's front desk on a database, for tests of its pages."""
