"""``python -m benchmarks.flink.job``: drain the topic of the settings with Flink SQL, then end.

The process is the parent of JobManager, TaskManager and SQL client, and ends all of them.
"""

import argparse
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.flink.runtime import HERE, FlinkRuntime, runtime_in
from clickledger.settings import Role, Settings, load_settings
from infra.atomic_files import write_file
from infra.java import java_home

RPC_PORT_OFFSET, REST_PORT_OFFSET = 20, 21
SLOTS = 2
START_TIMEOUT_S = 60
POLL_S = 0.25
ENTRY = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
WORKER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
CLIENT = "org.apache.flink.table.client.SqlClient"
WORKER_MEMORY = ("-Xmx1152m", "-Xms1152m", "-XX:MaxDirectMemorySize=384m")
# As Flink's own start scripts open them.
OPENED = (
    *("java.util", "java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.text"),
    *("java.lang.reflect", "java.time", "java.util.concurrent", "java.util.concurrent.atomic"),
    "java.util.concurrent.locks",
)


@dataclass(frozen=True)
class Tuning:
    """How long updates are gathered before they go on: longer is faster, and later."""

    mini_batch_latency: str = "200 ms"
    mini_batch_rows: int = 100_000
    flush_interval: str = "200ms"


BULK = Tuning("1 s", 1_000_000, "1s")


class Cluster:
    """The processes of one job."""

    def __init__(self, settings: Settings, runtime: FlinkRuntime) -> None:
        self._settings = settings
        self._runtime = runtime
        self._folder = settings.home / "flink" / "run"
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """JobManager and TaskManager, up to two free slots."""
        shutil.rmtree(self._folder, ignore_errors=True)
        (self._folder / "tmp").mkdir(parents=True)
        shutil.copy(HERE / "log4j.properties", self._folder)
        (self._folder / "config.yaml").write_text(self._configuration())
        self._java("jobmanager", ENTRY, ("-Xmx512m", "-Xms512m"), ["--configDir", self._folder])
        self._java("taskmanager", WORKER, WORKER_MEMORY, ["--configDir", self._folder])
        self._await_slots()

    def _configuration(self) -> str:
        base = self._settings.port_base
        return (HERE / "config.yaml").read_text() + (
            f"jobmanager.rpc.port: {base + RPC_PORT_OFFSET}\n"
            f"rest.port: {base + REST_PORT_OFFSET}\n"
            f"io.tmp.dirs: {self._folder / 'tmp'}\n"
            f"execution.checkpointing.dir: {(self._folder / 'checkpoints').as_uri()}\n"
        )

    def submit(self, tuning: Tuning) -> None:
        """Hand the job in; returns when the cluster has taken it."""
        script = self._folder / "job.sql"
        write_file(script, job_text(self._settings, tuning))  # holds the password: mode 600
        client = self._java("client", CLIENT, ("-Xmx512m",), ["embedded", "-f", script])
        if client.wait() != 0 or not self._ask("/jobs/overview")["jobs"]:
            sys.exit((self._folder / "client.log").read_text()[-3000:])

    def await_end(self) -> None:
        """Until the job has read and written everything."""
        while (state := self._ask("/jobs/overview")["jobs"][0]["state"]) != "FINISHED":
            if state in ("FAILED", "CANCELED") or self._processes[1].poll() is not None:
                sys.exit(f"The job is {state}:\n{self._log_end('taskmanager')}")
            time.sleep(POLL_S)

    def end(self) -> None:
        """End every process."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _java(
        self, name: str, main: str, memory: tuple[str, ...], arguments: list[str | Path]
    ) -> subprocess.Popen[bytes]:
        is_client = main == CLIENT
        class_path = self._runtime.client_class_path if is_client else self._runtime.class_path
        opened = [
            word for each in OPENED for word in ("--add-opens", f"java.base/{each}=ALL-UNNAMED")
        ]
        with (self._folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [
                    str(java_home() / "bin" / "java"),
                    *(*memory, "-XX:+UseParallelGC", *opened),
                    "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
                    f"-Dlog4j.configurationFile={self._folder / 'log4j.properties'}",
                    *("-Duser.timezone=UTC", "-cp", class_path, main, *map(str, arguments)),
                ],
                cwd=self._folder,
                env={**os.environ, "FLINK_CONF_DIR": str(self._folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process

    def _await_slots(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while self._slots() < SLOTS:
            if time.monotonic() > deadline:
                sys.exit(f"Flink did not start:\n{self._log_end('jobmanager')}")
            time.sleep(POLL_S)

    def _slots(self) -> int:
        try:
            return int(self._ask("/overview")["slots-total"])
        except (OSError, http.client.HTTPException, KeyError, ValueError):
            return 0  # it is not up yet

    def _ask(self, path: str) -> Any:
        port = self._settings.port_base + REST_PORT_OFFSET
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            return json.load(connection.getresponse())
        finally:
            connection.close()

    def _log_end(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text(errors="replace")[-2000:]


def job_text(settings: Settings, tuning: Tuning) -> str:
    """The SQL with topic, database and login."""
    host, port = settings.mysql_address
    user, password = settings.mysql_login(Role.STREAM)
    text = (HERE / "job.sql").read_text(encoding="utf-8")
    return text.format(
        topic=settings.topic,
        bootstrap_servers=settings.bootstrap_servers,
        mysql_host=host,
        mysql_port=port,
        database=settings.mysql_database,
        user=user,
        password=password.get_secret_value(),
        **vars(tuning),
    )


@contextmanager
def cluster(settings: Settings) -> Iterator[Cluster]:
    """A cluster for one job; SIGTERM ends it in order."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, on_signal)
    found = Cluster(settings, runtime_in(settings.home))
    try:
        found.start()
        yield found
    finally:
        found.end()


def main() -> None:
    """Settings come from the environment, as the product's do."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flink.job")
    parser.add_argument("--bulk", action="store_true", help="gather for a second, not 0.2 s")
    tuning = BULK if parser.parse_args().bulk else Tuning()
    with cluster(load_settings()) as found:
        found.submit(tuning)
        found.await_end()


if __name__ == "__main__":
    main()
