"""The embedded Kafka broker: one KRaft node on the loopback interface."""

import shutil
import subprocess
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from uuid import uuid4

from clickledger.settings import (
    CHECKOUT,
    KAFKA_CONTROLLER_PORT_OFFSET,
    KAFKA_PORT_OFFSET,
    Settings,
)
from infra.atomic_files import write_file
from infra.errors import StackError
from infra.home import Home
from infra.java import java_home
from infra.part import OneProgram
from infra.program import Program
from infra.steps import Step

LOGGING = CHECKOUT / "infra" / "kafka_log4j2.properties"
DATA, HALF_MADE = "data", "data.half-made"
# Relative to <home>/kafka, as all paths here: a class path cannot hold a colon, nor log.dirs a
# comma, and a home may; and a stopped home can be moved.
CLASS_PATH = "../jars/kafka/*"


@dataclass(frozen=True)
class KafkaServer(OneProgram):
    """The broker of one home."""

    settings: Settings
    home: Home

    name = "kafka"
    look = "make logs NAME=kafka"
    up_within_s = 90.0

    @property
    def where(self) -> str:
        """As clients name it."""
        return self.settings.bootstrap_servers

    @property
    def ports(self) -> tuple[int, int]:
        """For clients, and for the node's own controller."""
        base = self.settings.port_base
        return base + KAFKA_PORT_OFFSET, base + KAFKA_CONTROLLER_PORT_OFFSET

    def prepare(self, step: Step) -> None:
        """Write the configuration; format the storage, once."""
        folder = self.home.kafka
        write_file(folder / "server.properties", self._properties(DATA))
        if (folder / DATA).exists():
            return
        step.progress("formatting its storage")
        shutil.rmtree(folder / HALF_MADE, ignore_errors=True)
        write_file(folder / "format.properties", self._properties(HALF_MADE))
        identity = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")  # Kafka's form of a UUID
        self._format(identity)
        (folder / HALF_MADE).rename(folder / DATA)

    def _format(self, identity: str) -> None:
        cluster = f"--cluster-id={identity}"  # in one word: one in 64 begins with a hyphen
        tool = ("kafka.tools.StorageTool", "format", cluster, "-c", "format.properties")
        done = subprocess.run(
            (java_home() / "bin" / "java", "-Xmx128m", "-cp", CLASS_PATH, *tool),
            cwd=self.home.kafka,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StackError(f"Kafka could not format its storage:\n{done.stderr.strip()}")

    def program(self) -> Program:
        """The broker's process."""
        argv = (
            *(str(java_home() / "bin" / "java"), "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC"),
            *("-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true"),
            f"-Dlog4j2.configurationFile={LOGGING.as_uri()}",
            f"-Dclickledger.home={self.home.path}",  # read by whoever looks at `ps`
            *("-cp", CLASS_PATH, "kafka.Kafka", "server.properties"),
        )
        return Program(self.name, argv, self.home.kafka, reads=self._properties(DATA))

    def ask(self, pid: int) -> str:
        """A metadata request."""
        from clickledger.kafka.topics import broker_count  # kafka-python takes 0.3 s to import

        brokers = broker_count(self.settings, timeout_s=1)
        return f"answers, {brokers} broker"

    def _properties(self, log_folder: str) -> str:
        port, controller_port = self.ports
        return f"""\
# Written at each start by infra/servers/kafka.py.
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={log_folder}

# One node: nothing can be replicated.
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Few clients: fifty partitions each would only slow the first use and the recovery.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
# A killed broker cannot register again before its old session is over: 9 s by default.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500

# A topic is made on purpose (clickledger/kafka/topics.py) or not at all.
auto.create.topics.enable=false
# The cleaner's default buffer is a quarter of this broker's heap.
log.cleaner.dedupe.buffer.size=16777216
# log.flush.* stays unset: the operating system writes when it likes. A power loss may cost the
# log's tail; the stream's start finds that (P2). An fsync a batch would cost most of the speed.
"""
