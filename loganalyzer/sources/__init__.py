"""Opens what a person brings and yields blocks of plain log text."""
