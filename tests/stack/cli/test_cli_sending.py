"""Send, replay and generate into a real Kafka: every byte, every line, at most the tail twice."""

import gzip
import io
import json
import random
import signal
from collections import Counter
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from clickledger.contract.oracle import judge
from clickledger.contract.rules import Reason
from clickledger.errors import ExitCode
from clickledger.kafka.topic_log import TopicLog
from clickledger.ledger.positions import OffsetRange
from clickledger.ledger.rules_versions import effective_rules
from clickledger.settings import Settings
from tests.awaiting import await_that
from tests.stack.cli.conftest import Invoke
from tests.unit.cli.invoking import start

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("topic")]
ODD = [b"plain|a|1|1", b"with return\r", b"", b"\xff\x00|\xfe", b"\xef\xbb\xbfbom", b"x" * 3_000]


def values_in(settings: Settings) -> dict[int, list[bytes]]:
    """Every value of the topic by partition, in order."""
    with TopicLog(settings) as log:
        ends = log.stable_ends(log.describe().partitions)
        return {
            partition: [record.value for record in log.records(OffsetRange(partition, 0, end))]
            for partition, end in ends.items()
        }


def all_values(settings: Settings) -> Counter[bytes]:
    return Counter(value for values in values_in(settings).values() for value in values)


def has_come_to(state: Path, line: int) -> bool:
    return state.exists() and json.loads(state.read_text())["acknowledged"] >= line


def test_send_takes_standard_input_byte_for_byte(
    invoke: Invoke, deployed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = io.BufferedReader(io.BytesIO(b"\n".join(ODD)))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=stdin))
    code, out, _ = invoke("send", "--json")
    assert code == 0
    assert json.loads(out) == {
        "topic": deployed.topic,
        "sent": 6,
        "partitions": {
            "0": {"first": 0, "last": 2, "count": 3},
            "1": {"first": 0, "last": 2, "count": 3},
        },
    }
    assert values_in(deployed) == {0: ODD[0::2], 1: ODD[1::2]}


def test_send_takes_arguments_and_warns_only_when_asked(invoke: Invoke, deployed: Settings) -> None:
    events = ["d|t|1700000000000|1", "bad\x1b", "d|t|1|1"]
    code, out, err = invoke("send", *events)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"3 sent to {deployed.topic} and acknowledged."
    assert out.splitlines()[1:] == [
        "  partition 0: 2, offsets 0 to 1",
        "  partition 1: 1, offset 0",
    ]
    code, _, err = invoke("send", "--check", *events)
    assert code == 0
    assert err.splitlines() == [
        "warning: event 2 will be rejected (wrong_field_count): bad\\x1b",
        "warning: event 3 will be rejected (bad_time): d|t|1|1",
    ]
    assert all_values(deployed) == Counter({event.encode(): 2 for event in events})


def test_a_topic_that_is_not_there_is_not_made(
    invoke: Invoke, deployed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLICKLEDGER_TOPIC", f"{deployed.topic}-missing")
    for _ in range(2):  # asking must not create it
        code, _, err = invoke("send", "x")
        assert code == ExitCode.CONFIGURATION
        assert "There is no topic" in err


def test_a_value_that_is_too_large_is_told(invoke: Invoke) -> None:
    code, _, err = invoke("send", "x" * 2_000_000)
    assert code == ExitCode.CONFIGURATION
    assert "is larger than the broker at" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_replay_sends_every_line_once_and_in_order(
    invoke: Invoke, deployed: Settings, tmp_path: Path, packed: bool
) -> None:
    lines = [*ODD, *(b"%d|\r" % number for number in range(30_000))]
    content = b"\n".join(lines)
    path = tmp_path / "lines"
    path.write_bytes(gzip.compress(content) if packed else content)
    code, out, _ = invoke("replay", path, "--json")
    assert code == 0
    assert json.loads(out)["sent"] == len(lines)
    assert values_in(deployed) == {0: lines[0::2], 1: lines[1::2]}


def test_replay_shuffled_twice_and_by_device(
    invoke: Invoke, deployed: Settings, tmp_path: Path
) -> None:
    lines = [b"d%d|t|%d|1" % (number % 20, number) for number in range(500)]
    path = tmp_path / "lines"
    path.write_bytes(b"\n".join(lines))
    line = ("replay", path, "--times", "2", "--shuffle", "--seed", "4", "--partition-by", "device")
    assert invoke(*line)[0] == 0
    found = values_in(deployed)
    assert Counter(value for values in found.values() for value in values) == Counter(lines * 2)
    devices = [{value.split(b"|")[0] for value in values} for values in found.values()]
    assert not set.intersection(*devices)
    assert found[0] != sorted(found[0], key=lines.index)


def test_a_killed_replay_goes_on_and_only_what_was_in_doubt_is_there_twice(
    invoke: Invoke, deployed: Settings, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    lines = [b"line %d" % number for number in range(60_000)]
    path, state = tmp_path / "lines", tmp_path / "state"
    path.write_bytes(b"\n".join(lines))
    line = ["replay", str(path), "--state", str(state), "--rate", "20000"]
    in_doubt = 0
    for _ in range(3):
        begun = json.loads(state.read_text())["acknowledged"] if state.exists() else 0
        goal = begun + dice.randrange(2_000, 15_000)
        process = start(*line, env={})
        await_that(partial(has_come_to, state, goal), f"{goal} lines acknowledged")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        left = json.loads(state.read_text())
        in_doubt += left["announced"] - left["acknowledged"]
    code, out, err = invoke(*line)
    assert code == 0
    assert f"Going on after line {left['acknowledged']:,}." in err
    found = all_values(deployed)
    assert set(found) == set(lines), f"seed {seed}"
    assert found.total() - len(lines) <= in_doubt, f"seed {seed}"
    assert max(found.values()) <= 4
    before = found.total()
    code, out, _ = invoke(*line)
    assert code == 0
    assert out.startswith("0 lines sent")
    assert all_values(deployed).total() == before


def test_an_interrupted_replay_leaves_nothing_in_doubt(
    invoke: Invoke, deployed: Settings, tmp_path: Path
) -> None:
    lines = [b"line %d" % number for number in range(50_000)]
    path, state = tmp_path / "lines", tmp_path / "state"
    path.write_bytes(b"\n".join(lines))
    line = ["replay", str(path), "--state", str(state)]
    process = start(*line, "--rate", "5000", env={})
    await_that(state.exists, "a state file")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, b"")
    assert invoke(*line)[0] == 0
    assert all_values(deployed) == Counter(lines)


def test_the_truth_of_generated_events_is_what_the_oracle_finds_in_the_topic(
    invoke: Invoke, deployed: Settings, tmp_path: Path
) -> None:
    truth = tmp_path / "truth.json"
    line = ("generate", "--events", "20000", "--malformed", "0.05", "--seed", "8", "--to-kafka")
    assert invoke(*line, "--truth", truth)[0] == 0
    expected = json.loads(truth.read_text())
    rules = effective_rules(deployed, log_append_time=True)
    rejected: Counter[str] = Counter()
    clicks = accepted = 0
    with TopicLog(deployed) as log:
        for partition, end in log.stable_ends(log.describe().partitions).items():
            for record in log.records(OffsetRange(partition, 0, end)):
                verdict = judge(record.value, record.timestamp, rules)
                if isinstance(verdict, Reason):
                    rejected[verdict.value] += 1
                else:
                    accepted, clicks = accepted + 1, clicks + verdict.click
    assert rejected == expected["rejected"]
    assert (accepted, clicks) == (expected["accepted"], expected["clicks"])
    assert accepted + rejected.total() == 20_000


def test_traffic_ends_in_order_on_sigterm(deployed: Settings) -> None:
    line = ("generate", "--follow", "--to-kafka", "--own-servers", "--rate", "200")
    process = start(*line, env={})
    await_that(lambda: all_values(deployed).total() >= 50, "50 events", timeout_s=30)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    total = all_values(deployed).total()
    assert process.returncode == 0
    assert err.decode() == f"{total:,} events sent to {deployed.topic} and acknowledged.\n"
