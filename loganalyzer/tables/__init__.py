"""A diagnosis as data frames."""
