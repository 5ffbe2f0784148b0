"""Each benchmark as one command: run it, make its evidence."""

import random
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks import (
    drain_result,
    garbage,
    live_result,
    profile,
    profile_result,
    reconcile_day,
    recount,
    restart_result,
    scatter,
    start,
    up,
)
from benchmarks.bench_stack import BenchStack
from benchmarks.contenders import CONTENDERS, Contender
from benchmarks.day_maker import DayMaker
from benchmarks.drain import DrainPlan, drain
from benchmarks.event_maker import EventMaker
from benchmarks.evidence import Evidence, circumstances
from benchmarks.filled_topic import fill_topic
from benchmarks.flink.runtime import fetch_flink
from benchmarks.live import live
from benchmarks.live_result import LiveResult, Load
from benchmarks.own_mysql import own_mysql, server_version
from benchmarks.restarts import KINDS, RestartPlan, restarts
from clickledger.errors import ConfigurationError
from clickledger.settings import Settings

Command = Callable[[BenchStack, Namespace], Evidence]
TRAINING = EventMaker(10_000, 1_000)
OUR_SETTINGS = (
    *("trigger_interval_ms", "max_offsets_per_trigger", "small_batch_records"),
    *("topic_partitions", "spark_master", "spark_driver_memory"),
)


def run_drain(stack: BenchStack, arguments: Namespace) -> Evidence:
    """A backlog into MySQL, by all contenders in turn."""
    began = circumstances()
    chosen = _available(arguments.contenders, stack.settings)
    _prepare_driver(stack)
    results = list(
        drain(
            stack,
            DrainPlan(
                contenders=chosen,
                events=arguments.events,
                devices=arguments.devices,
                rounds=arguments.rounds,
                seed=arguments.seed,
                quiet_wait_s=arguments.quiet_wait,
            ),
        )
    )
    asked = {
        **_settings(stack.settings, arguments, "events", "devices"),
        **{f"contender `{each.name}`": each.what for each in chosen},
        "order of the runs": ", ".join(_order(results)),
    }
    title = f"Drain of {arguments.events:,} events into MySQL"
    return _evidence("drain", title, asked, results, drain_result.page, began)


def _order(results: Sequence[drain_result.DrainResult]) -> list[str]:
    return [result.contender for result in results]


def _available(names: Sequence[str], settings: Settings) -> list[Contender]:
    """Those contenders; Flink is fetched where it takes part, and left out where it is not had."""
    contenders = [contender for contender in CONTENDERS if contender.name in names]
    if any(contender.is_flink for contender in contenders):
        try:
            fetch_flink(settings.home, settings.cache)
        except ConfigurationError as error:
            print(f"FLINK DOES NOT TAKE PART: {error}", file=sys.stderr)
            return [contender for contender in contenders if not contender.is_flink]
    return contenders


def run_live(stack: BenchStack, arguments: Namespace) -> Evidence:
    """The age of the newest visible event under an even load."""
    interval = stack.settings.trigger_interval_ms
    title = f"Live at {arguments.rate:,} events/s"
    return _live(stack, arguments, "live", title, [interval])


def run_curve(stack: BenchStack, arguments: Namespace) -> Evidence:
    """The same for several trigger intervals: what the default is chosen from."""
    title = f"Trigger interval against age and cores at {arguments.rate:,} events/s"
    return _live(stack, arguments, "curve", title, arguments.intervals)


def _live(
    stack: BenchStack, arguments: Namespace, name: str, title: str, intervals: Sequence[int]
) -> Evidence:
    began = circumstances()
    _prepare_driver(stack)
    order = random.Random(arguments.seed)
    results: list[LiveResult] = []
    for number in range(1, arguments.rounds + 1):
        for interval in order.sample(intervals, len(intervals)):
            load = Load(
                trigger_interval_ms=interval,
                rate=arguments.rate,
                devices=arguments.devices[0],
                warm_s=arguments.warm,
                seconds=arguments.seconds,
                seed=arguments.seed + number,
            )
            results.append(live(stack, load, number, arguments.quiet_wait))
    asked = {
        **_settings(stack.settings, arguments, "rate", "devices", "warm", "seconds"),
        "trigger_interval_ms": list(intervals),
    }
    return _evidence(name, title, asked, results, live_result.page, began)


def run_scatter(stack: BenchStack, arguments: Namespace) -> Evidence:
    """A batch whose rows lie in 30,000 different minutes."""
    began = circumstances()
    settings = stack.fresh_deployment("scatter", "scatter")
    plan = (arguments.rounds, arguments.seed, arguments.quiet_wait)
    results = list(scatter.scatter(server_version(settings), settings, *plan))
    if arguments.mysql:
        with own_mysql(arguments.mysql, stack.settings) as theirs:
            results += scatter.scatter(server_version(theirs), theirs, *plan)
    asked = _settings(stack.settings, arguments)
    title = "A batch over very many minutes"
    return _evidence("scatter", title, asked, results, scatter.page, began)


def run_garbage(stack: BenchStack, arguments: Namespace) -> Evidence:
    """Memory while every second record is rejected, beside a run of good ones alone."""
    began = circumstances()
    _prepare_driver(stack)
    results = list(
        garbage.garbage(
            stack, arguments.garbage_events, arguments.rounds, arguments.seed, arguments.quiet_wait
        )
    )
    asked = _settings(stack.settings, arguments, "garbage_events")
    title = "Memory under garbage"
    return _evidence("garbage", title, asked, results, garbage.page, began)


def run_start(stack: BenchStack, arguments: Namespace) -> Evidence:
    """From process start to first commit, with and without the class archive."""
    began = circumstances()
    _prepare_driver(stack)
    results = list(start.start(stack, arguments.rounds, arguments.seed, arguments.quiet_wait))
    asked = _settings(stack.settings, arguments)
    title = "Start to first commit"
    return _evidence("start", title, asked, results, start.page, began)


def run_up(stack: BenchStack, arguments: Namespace) -> Evidence:
    """The first minutes of a newcomer: a clean clone, up, down, up again."""
    began = circumstances()
    results = list(up.up(stack, arguments.rounds, arguments.quiet_wait))
    asked = {"rounds": arguments.rounds}
    return _evidence("up", "Up from a clean clone", asked, results, up.page, began)


def run_profile(stack: BenchStack, arguments: Namespace) -> Evidence:
    """What each stage of a drain costs, in the product and in the loops written by hand."""
    began = circumstances()
    _prepare_driver(stack)
    plan = (arguments.events, arguments.devices, arguments.seed, arguments.quiet_wait)
    results = list(profile.profile(stack, *plan))
    asked = _settings(stack.settings, arguments, "events", "devices")
    title = f"Profile of a drain of {arguments.events:,} events"
    return _evidence("profile", title, asked, results, profile_result.page, began)


def run_restarts(stack: BenchStack, arguments: Namespace) -> Evidence:
    """Planned restarts, deployments, drains, kills and freezes."""
    began = circumstances()
    _prepare_driver(stack)
    plan = RestartPlan(
        kinds=arguments.kinds,
        rounds=arguments.rounds,
        rate=arguments.rate,
        devices=arguments.devices[0],
        seed=arguments.seed,
    )
    results = list(restarts(stack, plan))
    asked = _settings(stack.settings, arguments, "kinds", "rate", "devices")
    title = f"Restarts at {arguments.rate:,} events/s"
    name = "-".join(["restarts", *([] if plan.kinds == tuple(KINDS) else plan.kinds)])
    return _evidence(name, title, asked, results, restart_result.page, began)


def run_recount(stack: BenchStack, arguments: Namespace) -> Evidence:
    """An archive counted again, by Spark and by DuckDB."""
    began = circumstances()
    _prepare_driver(stack)
    plan = (arguments.rounds, arguments.seed, arguments.quiet_wait)
    results = list(recount.recount(stack, _day(arguments), *plan))
    asked = _settings(stack.settings, arguments, "events", "devices")
    title = f"Recount of {arguments.events:,} archived events"
    return _evidence("recount", title, asked, results, recount.page, began)


def run_reconcile(stack: BenchStack, arguments: Namespace) -> Evidence:
    """A day reconciled beside a stream under load."""
    began = circumstances()
    _prepare_driver(stack)
    plan = (arguments.rate, arguments.rounds, arguments.quiet_wait)
    results = list(reconcile_day.reconcile_day(stack, _day(arguments), *plan))
    asked = _settings(stack.settings, arguments, "events", "devices", "rate")
    title = f"Reconcile of a day of {arguments.events:,} events"
    return _evidence("reconcile", title, asked, results, reconcile_day.page, began)


def _evidence(
    name: str,
    title: str,
    settings: dict[str, Any],
    results: Sequence[Any],
    page: Callable[[Any], str],
    began: dict[str, str],
) -> Evidence:
    """Of ``results``, which are dataclasses; ``page`` makes the page's body of them."""
    return Evidence(
        name=name,
        title=title,
        settings=settings,
        results=[asdict(result) for result in results],
        page=page(results),
        circumstances=began,
    )


def _day(arguments: Namespace) -> DayMaker:
    return DayMaker(arguments.events, arguments.devices[0], arguments.seed)


def _prepare_driver(stack: BenchStack) -> None:
    """The driver starts as it does in a stack that has been up for a while."""
    fill_topic(stack, TRAINING)
    stack.make_archive(TRAINING.topic)


def _settings(settings: Settings, arguments: Namespace, *names: str) -> dict[str, Any]:
    asked = {name: getattr(arguments, name) for name in (*names, "rounds", "seed", "quiet_wait")}
    return {**asked, **{name: getattr(settings, name) for name in OUR_SETTINGS}}


COMMANDS: dict[str, Command] = {
    "drain": run_drain,
    "live": run_live,
    "curve": run_curve,
    "scatter": run_scatter,
    "start": run_start,
    "up": run_up,
    "garbage": run_garbage,
    "profile": run_profile,
    "restarts": run_restarts,
    "recount": run_recount,
    "reconcile": run_reconcile,
}
