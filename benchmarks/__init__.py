"""How fast and how small the program is, beside well-known programs in the same run: ``python -m benchmarks``."""
