"""``python -m clickledger`` says where the command is: it stands above this package."""

import sys

sys.exit("The command is .venv/bin/clickledger in the checkout (`make up` puts it there).")
