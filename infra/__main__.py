"""``python -m infra up|down|status|logs|sql``; ``make help`` shows the same in short."""

import argparse
import os
import sys
import time
from collections.abc import Callable

from clickledger.errors import ClickledgerError, UsageError
from clickledger.settings import Role, load_settings
from infra.airflow.programs import COMMAND, airflow_environment
from infra.report import as_json, as_table, report
from infra.stack import START_ORDER, Stack

INTERRUPTED = 130


def up(stack: Stack, _: argparse.Namespace) -> int:
    """Bring up all that the settings want and show it."""
    started = time.monotonic()
    stack.up()
    print(f"\nUp after {time.monotonic() - started:.1f} s. Everything is in {stack.home.path}\n")
    print(as_table(report(stack)))
    print("\n  .venv/bin/clickledger --help shows what else there is; `make down` ends all of it.")
    return 0


def down(stack: Stack, _: argparse.Namespace) -> int:
    """End everything in order."""
    stack.down()
    print(f"Nothing runs in {stack.home.path}.")
    return 0


def status(stack: Stack, arguments: argparse.Namespace) -> int:
    """Show each program; exit code 1 when one is not as the settings want it."""
    found = report(stack)
    print(as_json(stack, found) if arguments.json else as_table(found))
    return 0 if all(each.right for each in found) else 1


def logs(stack: Stack, arguments: argparse.Namespace) -> int:
    """Show the end of one log, or of all; becomes ``tail``."""
    names = [arguments.name] if arguments.name else ["*"]
    files = sorted(str(file) for name in names for file in stack.home.logs.glob(f"{name}.log"))
    if not files:
        raise UsageError(
            f"There is no log {arguments.name or ''} in {stack.home.logs}.",
            next_step=f"name one of {', '.join(START_ORDER)}, or run `make up`",
        )
    follow = ["-F"] if arguments.follow else []
    os.execvp("tail", ["tail", "-n", str(arguments.lines), *follow, *files])  # noqa: S606


def sql(stack: Stack, _: argparse.Namespace) -> int:
    """Become the database's own client, logged in as the user who may only read."""
    if not stack.settings.embedded_mysql:
        raise UsageError("The client comes with the embedded server.", next_step="use your own")
    user, password = stack.settings.mysql_login(Role.READER)
    client = str(stack.mariadb.server / "bin" / "mariadb")
    host, port = stack.settings.mysql_address
    options = ["--no-defaults", "--skip-ssl", f"--host={host}", f"--port={port}", f"--user={user}"]
    environment = {**os.environ, "MYSQL_PWD": password.get_secret_value()}
    command = [client, *options, stack.settings.mysql_database]
    os.execve(client, command, environment)  # noqa: S606


def airflow(stack: Stack, arguments: argparse.Namespace) -> int:
    """Become Airflow's own command, with this home's configuration."""
    environment = {**os.environ, **airflow_environment(stack.airflow)}
    os.execve(COMMAND, [str(COMMAND), *arguments.words], environment)  # noqa: S606


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m infra", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(run: Callable[[Stack, argparse.Namespace], int]) -> argparse.ArgumentParser:
        added = commands.add_parser(run.__name__, help=run.__doc__)
        added.set_defaults(run=run)
        return added

    command(up)
    command(down)
    command(status).add_argument("--json", action="store_true", help="for programs")
    command(sql)
    command(airflow).add_argument("words", nargs=argparse.REMAINDER, help="as for `airflow`")
    log_command = command(logs)
    log_command.add_argument("name", nargs="?", help=", ".join(START_ORDER))
    log_command.add_argument("--lines", type=int, default=40)
    log_command.add_argument("--follow", action="store_true", help="go on until interrupted")
    return top


def main() -> int:
    """Run a command; errors that can be foreseen are one line and an exit code."""
    arguments = parser().parse_args()
    try:
        code: int = arguments.run(Stack(load_settings()), arguments)
    except ClickledgerError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nInterrupted; the same command goes on from here.", file=sys.stderr)
        return INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(main())
