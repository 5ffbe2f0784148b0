"""``python -m infra.container COMMAND``."""

import sys

from infra.container.commands import main

if __name__ == "__main__":
    sys.exit(main())
