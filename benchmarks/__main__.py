"""Measures, checks, keeps: every result is exact, or there is none.

All runs on servers of its own in .local-bench. Nothing else should run on the machine meanwhile.
"""

import argparse
import signal
import sys
from pathlib import Path

from benchmarks.bench_stack import BenchStack
from benchmarks.commands import COMMANDS
from benchmarks.contenders import CONTENDERS
from benchmarks.evidence import FOLDER
from benchmarks.restarts import KINDS
from clickledger.errors import ClickledgerError

INTERRUPTED = 130
ALL, DOWN = "all", "down"
DEFAULT_CONTENDERS = ("ours", "ours_again", "hand", "hand_ledger", "flink", "flink_bulk")
CURVE_MS = (0, 100, 200, 250, 300, 500, 1_000)
BACKLOG, BUSY = 12_000_000, 20_000  # events; events a second
DEFAULTS: dict[str, dict[str, object]] = {
    "drain": {"events": BACKLOG, "devices": [1_000, 20_000], "rounds": 5},
    "live": {"rate": BUSY, "devices": [1_000], "rounds": 3},
    "curve": {"rate": BUSY, "devices": [1_000], "rounds": 2},
    "scatter": {"rounds": 5},
    "start": {"rounds": 5},
    "up": {"rounds": 2},
    "garbage": {"rounds": 2},
    "profile": {"events": BACKLOG, "devices": [1_000, 20_000], "rounds": 1},
    "restarts": {"rate": BUSY, "devices": [1_000], "rounds": 20},
    "recount": {"events": 10_000_000, "devices": [1_000], "rounds": 3},
    "reconcile": {"events": 5_000_000, "rate": 2_000, "devices": [1_000], "rounds": 3},
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog="Example: python -m benchmarks drain --events 300000 --rounds 1 --out /tmp/results",
    )
    add = top.add_argument
    add("command", nargs="?", default=ALL, choices=(*COMMANDS, ALL, DOWN), help="default: all")
    add(
        "--rounds", type=int, help="default: 5; live and batch 3, curve, garbage, up 2, restarts 20"
    )
    add("--seed", type=int, default=1, help="of the events and of the order")
    add("--devices", type=int, nargs="+", help="default: 1000 20000; with a rate 1000")
    add("--quiet-wait", type=float, default=60, help="seconds to wait for a quiet machine")
    add("--json", action="store_true", help="print the raw results too")
    add("--keep", action="store_true", help="leave the servers up for the next one")
    add("--out", type=Path, default=FOLDER, help="where results go; default: docs/evidence")
    add("--events", type=int, help="default: drain, profile 12 M; recount 10 M, reconcile 5 M")
    of_drain = top.add_argument_group("drain").add_argument
    names = [contender.name for contender in CONTENDERS]
    chosen = f"default: {' '.join(DEFAULT_CONTENDERS)}"
    of_drain("--contenders", nargs="+", choices=names, default=DEFAULT_CONTENDERS, help=chosen)
    of_garbage = top.add_argument_group("garbage").add_argument
    of_garbage("--garbage-events", type=int, default=4_000_000, help="good ones; as many bad")
    of_live = top.add_argument_group("live, curve, restarts and reconcile").add_argument
    of_live("--rate", type=int, help="events a second; default: 20000, reconcile 2000")
    of_live("--warm", type=float, default=40, help="seconds before measuring; JIT needs 30 or more")
    of_live("--seconds", type=float, default=60, help="that are measured")
    of_live("--intervals", type=int, nargs="+", default=CURVE_MS, help="ms, of curve")
    of_restarts = top.add_argument_group("restarts").add_argument
    kinds = (*KINDS, "airflow")
    all_but = "default: all but airflow"
    of_restarts("--kinds", nargs="+", choices=kinds, default=tuple(KINDS), help=all_but)
    of_scatter = top.add_argument_group("scatter").add_argument
    of_scatter("--mysql", help="host:port:administrator of a MySQL too; password in MYSQL_PWD")
    return top


def run(arguments: argparse.Namespace) -> None:
    """One command or all, on servers that are brought up for it."""
    stack = BenchStack()
    if arguments.command == DOWN:
        stack.down()
        return
    with stack.up(keep=arguments.keep):
        for name in COMMANDS if arguments.command == ALL else (arguments.command,):
            evidence = COMMANDS[name](stack, with_defaults(name, arguments))
            page = evidence.keep(arguments.out)
            print(f"\n{evidence.as_markdown()}\nKept in {page} and its .json.\n", flush=True)
            if arguments.json:
                print(evidence.as_json())


def with_defaults(name: str, arguments: argparse.Namespace) -> argparse.Namespace:
    """What was not asked for, as it is for this command."""
    asked = {key: value for key, value in vars(arguments).items() if value is not None}
    return argparse.Namespace(**{"mysql": None, **DEFAULTS[name], **asked})


def main() -> int:
    """Exit code 0 when all was measured and every run was exact."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that contenders are ended
    try:
        run(parser().parse_args())
    except ClickledgerError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nInterrupted; nothing is kept.", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
