"""Start the driver's JVM directly: one process, our flags, half the start time.

PySpark would run a shell script, a launcher JVM and then the JVM. Here the launcher's answer (the
module flags that this Spark version wants) is taken once, and ``java`` is started by itself with a
class data sharing archive where there is one: session after 2.8 s instead of 5.9 s (measured).
The JVM ends when this process does: Spark's gateway watches its standard input, and the kernel
kills one that is too busy, or frozen, to look.
"""

import hashlib
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from clickledger import parent_death
from clickledger.errors import ClickledgerError, ConfigurationError, KilledError
from clickledger.settings import Settings
from clickledger.spark.scratch import Scratch, make_scratch, remove_unused
from clickledger.spark.shared_jars import shared_jars

GATEWAY_START_TIMEOUT_S = 90
SURELY_SEEN_WITHIN_S = 1.0  # its end, by whoever its connections told of it
CONNECTION = "connection"  # the file in which the JVM tells its gateway's port and secret
GATEWAY_VARIABLES = ("PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET")  # PySpark's own names
KAFKA_JARS = (
    "spark-sql-kafka-0-10_*",
    "spark-token-provider-kafka-0-10_*",
    "kafka-clients-*",
    "commons-pool2-*",
)

# Java's second compiler begins ten times later than by default (docs/adr/0016-compile-later.md).
COMPILER_FLAGS = (
    "-XX:Tier4InvocationThreshold=50000",
    "-XX:Tier4MinInvocationThreshold=6000",
    "-XX:Tier4CompileThreshold=150000",
    "-XX:Tier4BackEdgeThreshold=400000",
)


@dataclass(frozen=True)
class JvmOptions:
    """What the driver's JVM is started with."""

    memory: str  # -Xmx, such as "1g"
    jars: Path  # folder of the Kafka connector's jars
    scratch: Path  # folder for the temporary files of every JVM
    archive: Path | None = None  # class data sharing archive to use, if it exists
    dump_archive: Path | None = None  # ... or to write at exit
    log_config: Path | None = None  # log4j2 configuration


def spark_home() -> Path:
    """The folder of the installed PySpark, found without importing it."""
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise ConfigurationError("PySpark is not installed.", next_step="run `make up`")
    return Path(spec.origin).parent


def java_command() -> str:
    """The ``java`` to run: ``JAVA_HOME`` first, then ``PATH``."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if found is None:
        raise ConfigurationError("No Java found.", next_step="install Java 17 or set JAVA_HOME")
    return found


def class_path(jars: Path) -> list[Path]:
    """Spark's own jars and the connector's, in a fixed order (a CDS archive depends on it).

    The same for every environment with this Spark, where Spark's jars can lie beside ``jars``.
    """
    connector = [path for pattern in KAFKA_JARS for path in sorted(jars.glob(f"{pattern}.jar"))]
    if len(connector) != len(KAFKA_JARS):
        raise ConfigurationError(
            f"The Kafka connector's jars are not all in {jars}.", next_step="run `make up`"
        )
    return sorted(shared_jars(spark_home() / "jars", jars.parent).glob("*.jar")) + connector


def archive_name(jars: Path) -> str:
    """A file name that changes with the Java and the jars that an archive was made from.

    Java too by its size and time: an update puts another one in the same place.
    """
    content = hashlib.sha256()
    for path in [Path(java_command()).resolve(), *class_path(jars)]:
        content.update(f"{path}:{path.stat().st_size}:{path.stat().st_mtime_ns}".encode())
    return f"driver-{content.hexdigest()[:16]}.jsa"


def jvm_options(settings: Settings) -> JvmOptions:
    """What the embedded stack and settings say about the driver's JVM."""
    jars = (settings.home / "jars" / "spark").resolve()  # an archive belongs to a class path
    return JvmOptions(
        memory=settings.spark_driver_memory,
        jars=jars,
        scratch=settings.home / "tmp",
        archive=jars.parent / archive_name(jars),
        log_config=Path(__file__).with_name("log4j2.properties"),
    )


def _module_flags(java: str, home: Path) -> list[str]:
    # The launcher prints the command it would run, NUL-separated; we want its flags only.
    answer = subprocess.run(
        [java, "-Xmx64m", "-XX:TieredStopAtLevel=1", "-cp", f"{home}/jars/*",
         "org.apache.spark.launcher.Main", "org.apache.spark.deploy.SparkSubmit", "pyspark-shell"],
        env={"SPARK_HOME": str(home), "SPARK_SCALA_VERSION": "2.13", "PATH": os.environ["PATH"]},
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    # jdk.incubator.vector only serves MLlib, and an added module turns off a part of the archive.
    flags = [
        part for part in answer.stdout.split("\0") if part.startswith(("--add-o", "-XX:", "-D"))
    ]
    if not flags:
        raise ConfigurationError(f"Spark's launcher did not answer: {answer.stderr.strip()[:500]}")
    return flags


def _archive_flags(options: JvmOptions) -> list[str]:
    if options.dump_archive:
        # It warns about each class that it leaves out: hundreds of lines nobody can act on.
        return [f"-XX:ArchiveClassesAtExit={options.dump_archive}", "-Xlog:disable"]
    if options.archive and options.archive.exists():
        return [f"-XX:SharedArchiveFile={options.archive}"]
    return []


def start_jvm(options: JvmOptions) -> "Jvm":
    """Start the JVM and return at once; ``Jvm.connect`` waits for it.

    To be called in a thread that lives as long as the JVM shall: the kernel ends it with that.
    """
    java, home = java_command(), spark_home()
    scratch = make_scratch(options.scratch)
    log_flags = [f"-Dlog4j2.configurationFile={options.log_config}"] if options.log_config else []
    tied = [sys.executable, "-I", "-S", parent_death.__file__, str(os.getpid())]
    command = [
        *tied, java, *_module_flags(java, home), f"-Xmx{options.memory}", *_archive_flags(options),
        *COMPILER_FLAGS, *log_flags, "-Duser.timezone=UTC", f"-Djava.io.tmpdir={scratch.folder}",
        "-cp", ":".join(map(str, class_path(options.jars))),
        "org.apache.spark.deploy.SparkSubmit", "pyspark-shell",
    ]  # fmt: skip
    environment = dict(
        os.environ, SPARK_HOME=str(home), SPARK_CONNECT_MODE="0", SPARK_SCALA_VERSION="2.13",
        SPARK_LOCAL_IP="127.0.0.1",
        _PYSPARK_DRIVER_CONN_INFO_PATH=str(scratch.folder / CONNECTION),
    )  # fmt: skip
    for name in [name for name in environment if name.endswith("_PASSWORD")]:
        del environment[name]  # the JVM needs none of ours
    # A new session keeps a terminal's Ctrl-C from the JVM: we drain it ourselves.
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, env=environment, start_new_session=True,
        pass_fds=[scratch.lock],
    )  # fmt: skip
    remove_unused(options.scratch)
    return Jvm(process, scratch)


def _how_it_ended(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else "exit code 0"


class Jvm:
    """A running driver JVM."""

    def __init__(self, process: "subprocess.Popen[bytes]", scratch: Scratch) -> None:
        self.process = process
        self._scratch = scratch

    def connect(self) -> None:
        """Wait for the gateway and tell PySpark (through its environment variables) to use it.

        Raises:
            ConfigurationError: the JVM refused to start; its own words are in the log.
            ClickledgerError: it ended, or did not answer in time: another start may do; KilledError
                where it was killed.
        """
        file = self._scratch.folder / CONNECTION
        deadline = time.monotonic() + GATEWAY_START_TIMEOUT_S
        while not file.exists():
            code = self.process.poll()
            if code is not None and code > 0:
                raise ConfigurationError(
                    f"The driver's JVM did not start (exit code {code}).",
                    next_step="read the log above; check Java and the memory setting",
                )
            if code is not None:
                self.require_not_killed()
                raise ClickledgerError(
                    f"The driver's JVM ended while it started ({_how_it_ended(code)}).",
                    next_step="if it repeats, read the log above",
                )
            if time.monotonic() > deadline:
                raise ClickledgerError(
                    f"The driver's JVM did not answer within {GATEWAY_START_TIMEOUT_S} s.",
                    next_step="if it repeats, see what keeps the machine busy",
                )
            time.sleep(0.02)
        content = file.read_bytes()
        port, length = struct.unpack("!ii", content[:8])
        answer = (str(port), content[8 : 8 + length].decode())
        os.environ.update(zip(GATEWAY_VARIABLES, answer, strict=True))
        file.unlink()

    def require_not_killed(self) -> None:
        """To be asked by whoever gets no answer.

        Raises:
            KilledError: it got a SIGKILL, which none of us sends while it is needed.
        """
        code: int | None = None
        with suppress(subprocess.TimeoutExpired):
            code = self.process.wait(SURELY_SEEN_WITHIN_S)
        if code == -signal.SIGKILL:
            raise KilledError(
                "The driver's JVM was killed, for want of memory or by hand.",
                next_step="if it repeats, give the machine memory, or let the old driver drain"
                " first (CLICKLEDGER_TAKEOVER=drain_first)",
            )

    def stop(self, timeout_s: float = 15) -> None:
        """End the JVM: politely by closing its input, then by SIGKILL."""
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._scratch.remove()
