"""``python -m cli``: the command line of this checkout, whatever is installed."""

from cli.main import main

if __name__ == "__main__":
    main()
