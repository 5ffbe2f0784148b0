"""The embedded stack of one home: brought up, looked at, taken down, in whole or part by part."""

import shutil
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from clickledger.errors import ClickledgerError, ConfigurationError, UsageError
from clickledger.settings import SECRETS_FILE, Settings
from infra.airflow.client import deploy_by_airflow
from infra.airflow.database import AirflowDatabase
from infra.airflow.home import AirflowHome
from infra.airflow.programs import AirflowProgram
from infra.class_archive import make_class_archive
from infra.contents import prepare_kafka, prepare_mysql
from infra.errors import StackError
from infra.home import Home
from infra.home_lock import home_lock
from infra.jars import JarFolder
from infra.part import Part
from infra.part_control import await_work, launch, take_down
from infra.processes import end_strays, send
from infra.secrets_file import (
    MYSQL_ROOT_PASSWORD,
    SUPERVISOR_PASSWORD,
    ensure_secrets,
    read_secrets,
    with_secrets,
)
from infra.servers.kafka import KafkaServer
from infra.servers.mariadb import MariadbServer
from infra.servers.postgres import PostgresServer
from infra.steps import Step, step
from infra.stream_slots import PROGRAMS, StreamDriver, stream_state
from infra.supervision import Supervisor
from infra.traffic import Traffic
from lifecycle.supervisor import ProgramState

SERVERS = ("kafka", "mariadb")
POSTGRES = "postgres"
AIRFLOW = ("airflow-api", "airflow-dags", "airflow-triggerer", "airflow-scheduler")
START_ORDER = (*SERVERS, POSTGRES, *AIRFLOW, "stream", "traffic")
SUPERVISED = {name: PROGRAMS if name == "stream" else (name,) for name in START_ORDER}


class Stack:
    """Kafka, MariaDB, the stream and its traffic, as far as the settings want them embedded.

    After ``up`` its ``settings`` hold the passwords that the first start made. Every method may be
    called again after a failure or an interruption.
    """

    def __init__(self, settings: Settings) -> None:
        self.home = Home(settings.home)
        self._secrets = read_secrets(settings.home / SECRETS_FILE)
        self.settings = with_secrets(settings, self._secrets)

    # --- the whole ------------------------------------------------------------------------------
    def up(self, programs: Sequence[str] | None = None) -> None:
        """Bring up these programs, what they need and what they hold; by default all wanted ones.

        Raises:
            ClickledgerError: something is missing or does not come up; what is up stays up.
        """
        wanted = self.wanted() if programs is None else self._with_needs(_known(programs))
        self.home.make_folders()
        with home_lock(self.home.path):
            self._secrets = ensure_secrets(self.settings)
            self.settings = with_secrets(self.settings, self._secrets)
            self._ensure_jars(wanted)
            end_strays(self.home.path, self.supervisor.pid())
            self._ensure_supervisor()
            if programs is None:
                self._take_down(set(START_ORDER) - set(wanted))
            # Side by side: half the time. The scheduler runs tasks as soon as it is up: it is last.
            servers = [name for name in SERVERS if name in wanted]
            front = [name for name in AIRFLOW[:-1] if name in wanted]
            postgres = [name for name in (POSTGRES,) if name in wanted]
            early = [*servers, *postgres, *front]
            self._launch([*servers, *postgres])
            self._await(postgres)
            with self._airflow_database_meanwhile(wanted):
                self._await(servers)
                self._prepare_contents(wanted)
            self._launch(front)
            self._await(front)
            for name in wanted:
                if name not in early:
                    self.start(name)
            if "stream" in wanted:
                with step("Class archive for faster starts") as running:
                    make_class_archive(self.settings, self.home, self.supervisor, running)

    def down(self) -> None:
        """End everything of this home in order: traffic, stream (drained), servers, supervisor."""
        if not self.home.path.exists():
            return
        with home_lock(self.home.path):
            if self.supervisor.pid() is not None:
                if self.states()["stream"].alive:
                    self._take_down(("stream", "traffic"))
                    StreamDriver(self.settings, self.home).say_at_rest()
                self._take_down(START_ORDER)
                with step("supervisord") as running:
                    self.supervisor.shut_down()
                    running.outcome = "ended"
            end_strays(self.home.path, None)
            self.supervisor.remove_traces()
            for folder in {self.home.run, self.home.sockets}:
                shutil.rmtree(folder, ignore_errors=True)

    # --- one program ----------------------------------------------------------------------------
    def start(self, name: str) -> None:
        """Start one program of a stack that is up, and wait until it does its work."""
        self._start(_known((name,)))

    def stop(self, name: str) -> ProgramState:
        """End one program in order; it stays down until ``start``."""
        for program in SUPERVISED[name]:
            self.supervisor.stop(program)
        return self.states()[name]

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Send a signal. A program that is killed stays down until ``start``.

        To see the supervisor restart it, send the signal to ``pid(name)`` yourself.
        """
        pid = self.pid(name)
        if number != signal.SIGKILL:
            send(pid, number)
            return
        for program in SUPERVISED[name]:
            self.supervisor.kill(program)
        self.stop(name)

    def pid(self, name: str) -> int:
        """The process id of a running program.

        Raises:
            StackError: it does not run.
        """
        state = self.states().get(name)
        if state is None or not state.alive:
            raise StackError(f"{name} does not run.", next_step="run `make up`")
        return state.pid

    def states(self) -> dict[str, ProgramState]:
        """What the supervisor says of each program; empty when there is no supervisor."""
        if self.supervisor.pid() is None:
            return {}
        programs = [program for name in START_ORDER for program in SUPERVISED[name]]
        states = {name: self.supervisor.state(name) for name in programs}
        return {
            name: stream_state(states) if name == "stream" else states[name] for name in START_ORDER
        }

    # --- what it is made of ---------------------------------------------------------------------
    @property
    def supervisor(self) -> Supervisor:
        """The home's supervisord."""
        return Supervisor(self.home, self._secrets.get(SUPERVISOR_PASSWORD, ""))

    @property
    def mariadb(self) -> MariadbServer:
        """The embedded database server."""
        return MariadbServer(self.settings, self.home, self._secrets.get(MYSQL_ROOT_PASSWORD, ""))

    @property
    def postgres(self) -> PostgresServer:
        """The embedded server of Airflow's database."""
        return PostgresServer(self.home)

    @property
    def airflow(self) -> AirflowHome:
        """Airflow's configuration."""
        return AirflowHome(self.settings, self.home, self._secrets)

    def part(self, name: str) -> Part:
        """One part by its name."""
        parts: tuple[Part, ...] = (
            KafkaServer(self.settings, self.home),
            self.mariadb,
            self.postgres,
            *(AirflowProgram(self.airflow, name) for name in AIRFLOW),
            StreamDriver(self.settings, self.home),
            Traffic(self.settings, self.home),
        )
        return next(part for part in parts if part.name == name)

    def wanted(self) -> tuple[str, ...]:
        """The programs that these settings ask for.

        Raises:
            ConfigurationError: traffic was asked for on servers that are not ours to fill.
        """
        settings = self.settings
        ours = settings.embedded_kafka and settings.embedded_mysql
        traffic = settings.traffic == "on"
        if traffic and not ours and "traffic" in settings.model_fields_set:
            raise ConfigurationError(
                "Made-up traffic is for the embedded Kafka and MySQL only.",
                next_step="unset CLICKLEDGER_TRAFFIC, or use the embedded servers",
            )
        asked = {
            "kafka": settings.embedded_kafka,
            "mariadb": settings.embedded_mysql,
            POSTGRES: settings.airflow == "on" and not self.postgres.why_not_here(),
            **dict.fromkeys(AIRFLOW, settings.airflow == "on"),
            "stream": True,
            "traffic": traffic and ours,
        }
        return tuple(name for name in START_ORDER if asked[name])

    # --- steps of up and down -------------------------------------------------------------------
    def _ensure_jars(self, wanted: Sequence[str]) -> None:
        configurations = ["spark", *(name for name in SERVERS if name in wanted)]
        with step("Jars") as running:
            folder = JarFolder(self.home.jars)
            fetched = folder.ensure(configurations, self.settings.cache, running)
            running.outcome = f"{fetched} fetched and verified" if fetched else "verified"

    @contextmanager
    def _airflow_database_meanwhile(self, wanted: Sequence[str]) -> Iterator[None]:
        """Airflow's database is made while the block runs, in silence, and told at its end."""
        if not set(AIRFLOW) & set(wanted):
            yield
            return
        with ThreadPoolExecutor(1) as pool:
            made = pool.submit(AirflowDatabase(self.airflow).ensure)
            yield
            with step("Airflow's database") as running:
                running.outcome = made.result()

    def _with_needs(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Airflow needs its database server, where one can run."""
        needed = set(AIRFLOW) & set(names) and not self.postgres.why_not_here()
        return _known((*names, POSTGRES)) if needed else names

    def _ensure_supervisor(self) -> None:
        with step("supervisord") as running:
            if self.supervisor.pid() is None:
                self.supervisor.start()
                running.outcome = "started"
            else:
                self.supervisor.take_up_changes()
                running.outcome = "ran already"

    def _start(self, names: Sequence[str]) -> None:
        servers = [name for name in names if name != "stream"]
        self._launch(servers)
        self._await(servers)
        if "stream" in names:
            with step("stream") as running:
                self._bring_up_stream(running)

    def _launch(self, names: Sequence[str]) -> None:
        for name in names:
            launch(self.part(name), self.supervisor, self.home)

    def _await(self, names: Sequence[str]) -> None:
        for name in names:
            pid = self.supervisor.state(name).pid
            await_work(self.part(name), pid, self.supervisor, self.home)

    def _bring_up_stream(self, running: Step) -> None:
        # Here: the verbs know Kafka and much else, and whoever only looks would wait for them.
        from infra.bring_up_stream import bring_up_stream

        driver = StreamDriver(self.settings, self.home)
        has_airflow = (
            self.settings.airflow == "on" and self.supervisor.state("airflow-scheduler").alive
        )
        button = partial(deploy_by_airflow, self.airflow, running, driver.reason)
        try:
            bring_up_stream(driver, running, button if has_airflow else None)
        except ClickledgerError:
            driver.take_back_rest()  # whoever watches goes on with what ran last
            raise

    def _prepare_contents(self, wanted: Sequence[str]) -> None:
        if "mariadb" in wanted or "stream" in wanted:
            embedded = self.settings.embedded_mysql
            prepare_mysql(self.settings, self.mariadb.root() if embedded else None)
        if "kafka" in wanted or "stream" in wanted:
            prepare_kafka(self.settings)

    def _take_down(self, names: Sequence[str] | set[str]) -> None:
        states = self.states()
        for name in reversed(START_ORDER):
            if name in names and states[name].alive:
                take_down(name, SUPERVISED[name], self.supervisor)


def _known(names: Sequence[str]) -> tuple[str, ...]:
    """The names in the order of starting.

    Raises:
        UsageError: one of them is no program's.
    """
    if unknown := set(names) - set(START_ORDER):
        raise UsageError(
            f"There is no program {', '.join(sorted(unknown))}.",
            next_step=f"take some of {', '.join(START_ORDER)}",
        )
    return tuple(name for name in START_ORDER if name in names)
