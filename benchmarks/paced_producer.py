"""Sends events at an even rate, each stamped with the moment it is sent.

``python -m benchmarks.paced_producer --rate 20000 --seconds 90 --devices 1000``
prints JSON: how many were sent, and how late its latest slice was (a busy machine shows there).
SIGTERM ends it early, in order: what was sent is acknowledged and told.
"""

import argparse
import itertools
import json
import random
import signal
import time

from confluent_kafka import Producer

from benchmarks.event_maker import EventMaker
from clickledger.settings import load_settings
from clickledger.signal_event import SignalEvent

SLICE_S = 0.004
PRODUCER = {"linger.ms": 1, "queue.buffering.max.messages": 1_000_000, "acks": "all"}


def until_next_slice_s(sent: int, rate: int, elapsed_s: float) -> float:
    """How long to wait for a whole slice to be due; negative: how late we are."""
    return sent / rate + SLICE_S - elapsed_s


def events_due(sent: int, rate: int, elapsed_s: float, goal: int) -> int:
    """How many to send now: an even rate from the start on, never more than ``goal`` in all."""
    return min(int(elapsed_s * rate), goal) - sent


def send(
    topic: str, bootstrap_servers: str, plan: argparse.Namespace, ended: SignalEvent
) -> dict[str, float]:
    """Send for ``plan.seconds`` or until ``ended``, partitions in turn, all acknowledged."""
    producer = Producer({"bootstrap.servers": bootstrap_servers, **PRODUCER})
    heads = EventMaker(1, plan.devices).heads()
    draw = random.Random(plan.seed)
    partitions = itertools.cycle(range(plan.partitions))
    began = time.monotonic()
    goal, sent, latest_s = int(plan.rate * plan.seconds), 0, 0.0
    while sent < goal and not ended.is_set():
        wait_s = until_next_slice_s(sent, plan.rate, time.monotonic() - began)
        latest_s = max(latest_s, -wait_s)
        time.sleep(max(wait_s, 0))
        due = events_due(sent, plan.rate, time.monotonic() - began, goal)
        time_ms = int(time.time() * 1000)
        for head in draw.choices(heads, k=due):
            producer.produce(topic, b"%b%d|1" % (head, time_ms), partition=next(partitions))
        producer.poll(0)
        sent += due
    unsent = producer.flush(60)
    return {"sent": sent - unsent, "latest_slice_ms": latest_s * 1000}


def main() -> None:
    """Topic and broker come from the environment, as the product's do."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paced_producer")
    parser.add_argument("--rate", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--devices", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    ended = SignalEvent()
    signal.signal(signal.SIGTERM, lambda number, frame: ended.set())
    settings = load_settings()
    arguments.partitions = settings.topic_partitions
    print(json.dumps(send(settings.topic, settings.bootstrap_servers, arguments, ended)))


if __name__ == "__main__":
    main()
