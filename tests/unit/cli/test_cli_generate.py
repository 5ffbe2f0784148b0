"""The generate command: the same bytes for a seed in any process, its truth, its refusal."""

import gc
import json
from pathlib import Path

import pytest

from cli.main import run
from clickledger.errors import ExitCode
from clickledger.generator.outputs import paced
from tests.unit.cli.invoking import invoke

pytestmark = pytest.mark.unit


def test_a_seed_means_the_same_bytes_in_every_process(home: Path) -> None:
    line = ["generate", "--events", "3000", "--seed", "11"]
    outputs = {invoke(*line, env={"PYTHONHASHSEED": str(n)})[1] for n in (1, 2)}
    assert len(outputs) == 1
    assert invoke(*line[:-1], "12", env={})[1] not in outputs


def test_lines_and_truth_agree_in_number(
    home: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    truth = home / "truth.json"
    assert run(["generate", "--events", "7000", "--seed", "3", "--truth", str(truth)]) == 0
    lines = capfdbinary.readouterr().out.split(b"\n")
    assert lines.pop() == b""
    assert len(lines) == 7_000
    found = json.loads(truth.read_text())
    assert found["accepted"] + sum(found["rejected"].values()) == 7_000


@pytest.mark.parametrize("server", ["KAFKA_BOOTSTRAP_SERVERS", "MYSQL_HOST"])
def test_endless_traffic_into_servers_of_others_is_refused(
    server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"CLICKLEDGER_{server}", "db.example.org")
    assert run(["generate", "--follow", "--to-kafka"]) == ExitCode.CONFIGURATION
    assert "--own-servers" in capsys.readouterr().err


def test_a_paced_output_writes_every_event_once() -> None:
    from clickledger.generator.events import EventGenerator
    from clickledger.generator.model import Span, TrafficModel

    span = Span(1_735_689_600_000, 1_735_776_000_000)
    expected = next(EventGenerator(TrafficModel()).over(span, 1_003)).values
    chunks = EventGenerator(TrafficModel()).over(span, 1_003)
    slices = [list(values) for _, values in paced(chunks, rate=1_000_000.0)]
    assert [value for values in slices for value in values] == expected


def test_the_command_leaves_garbage_collection_on() -> None:
    assert gc.isenabled()
