"""``python -m loganalyzer``."""

from loganalyzer.cli.process import main

if __name__ == "__main__":
    main()
