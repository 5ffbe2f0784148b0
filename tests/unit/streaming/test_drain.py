"""The gate that a drain closes."""

import threading

import pytest

from streaming.drain import DrainedError, DrainGate

pytestmark = pytest.mark.unit


def test_batches_pass_until_it_is_closed() -> None:
    gate = DrainGate()
    with gate.batch():
        pass
    gate.close()
    with pytest.raises(DrainedError), gate.batch():
        pass


def test_the_batch_under_way_is_waited_for() -> None:
    gate, inside, leave = DrainGate(), threading.Event(), threading.Event()

    def batch() -> None:
        with gate.batch():
            inside.set()
            leave.wait(10)

    worker = threading.Thread(target=batch)
    worker.start()
    assert inside.wait(10)
    gate.close()
    assert not gate.wait_until_idle(0.01)
    leave.set()
    assert gate.wait_until_idle(10)
    worker.join()
