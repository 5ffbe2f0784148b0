"""``python -m streaming``: the driver, with the settings of the environment."""

import os
import sys

from clickledger.errors import ClickledgerError
from clickledger.settings import load_settings
from streaming.driver import run_driver
from streaming.logs import configure_logging


def main() -> int:
    """Exit codes: docs/runbooks/exit-codes.md."""
    try:
        settings = load_settings()
    except ClickledgerError as error:
        print(error, file=sys.stderr)  # noqa: T201 - there is no log yet
        return int(error.exit_code)
    configure_logging(settings.log_format)
    return int(run_driver(settings))


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # A thread of Spark's that still waits for a dead JVM must not keep the process.
    os._exit(code)
