"""A signal at any moment of a wait is neither lost nor in the way."""

import subprocess
import sys
import threading

import pytest

from clickledger.settings import CHECKOUT
from clickledger.signal_event import SignalEvent

pytestmark = pytest.mark.unit

# threading.Event in its place stands still, or recurses without end, within a few hundred signals.
WAITS = """
import signal, time
from clickledger.signal_event import SignalEvent

SIGNALS = 1000
heard, event = 0, SignalEvent()

def hear(number, frame):
    global heard, event
    heard += heard < SIGNALS  # one more may be on its way when the timer is stopped
    event.set()
    if heard == SIGNALS:
        signal.setitimer(signal.ITIMER_REAL, 0)

signal.signal(signal.SIGALRM, hear)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
waited = 0
while heard < SIGNALS:
    waiting = event = SignalEvent()
    while not waiting.wait(0.0001):
        waited += 1
    assert waiting.is_set()
print(heard, waited > SIGNALS)
"""


def test_signals_in_mid_wait() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WAITS],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("1000 True\n", "")


def test_it_is_waited_for_and_stays_set() -> None:
    event = SignalEvent()
    assert not event.wait(0)
    threading.Timer(0.01, event.set).start()
    assert event.wait(10)
    assert event.wait(0)
    assert event.is_set()
