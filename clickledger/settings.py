"""Settings: read once at the edge, validated, frozen, passed in.

Sources, the first one wins: environment variables ``CLICKLEDGER_*``, then ``settings.env`` and
``secrets.env`` in the home folder. ``settings.env`` is the operator's; ``secrets.env`` (mode 600)
is written by the embedded stack's first start.
"""

import os
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from clickledger.errors import ConfigurationError

CHECKOUT = Path(__file__).resolve().parents[1]
SETTINGS_FILE = "settings.env"
SECRETS_FILE = "secrets.env"
GENERATIONS_FOLDER = "generations"  # Spark's checkpoints, one a driver process
ENDED_GENERATIONS_FOLDER = "ended-generations"
RELEASES_FOLDER = "releases"
ENVIRONMENTS_FOLDER = f"{RELEASES_FOLDER}/environments"

KAFKA_PORT_OFFSET, KAFKA_CONTROLLER_PORT_OFFSET, MYSQL_PORT_OFFSET = 0, 1, 2
AIRFLOW_PORT_OFFSET = 3


class Role(StrEnum):
    """A database user and what it is for. Each may do only that (``clickledger.mysql.grants``)."""

    OWNER = "owner"  # migrations
    STREAM = "stream"  # the streaming driver
    BATCH = "batch"  # the batch layer
    OPERATOR = "operator"  # the lifecycle: what is wanted, what was done, incidents
    READER = "reader"  # anyone who queries


class Settings(BaseSettings):
    """All settings of one deployment. Durations are ISO 8601 (``PT1H``) or seconds."""

    model_config = SettingsConfigDict(env_prefix="CLICKLEDGER_", frozen=True, extra="ignore")

    # --- where things are ------------------------------------------------------------------
    home: Path = Field(CHECKOUT / ".local", description="everything a deployment writes")
    port_base: int = Field(19090, ge=1024, le=65000, description="first port of the embedded stack")
    cache: Path = Field(
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clickledger",
        description="downloaded jars, shared by all homes; safe to delete",
    )

    # --- Kafka -----------------------------------------------------------------------------
    kafka_bootstrap_servers: str = Field("", description="empty: the embedded broker")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT",
        description="as the broker's listener has it; the embedded one is loopback only",
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "PLAIN", description="how a login is proved; SCRAM never sends the password itself"
    )
    kafka_sasl_username: str = Field("", description="the login of SASL_PLAINTEXT and SASL_SSL")
    kafka_sasl_password: SecretStr = Field(SecretStr(""), description="of that login")
    kafka_ssl_cafile: Path | None = Field(
        None, description="PEM of the authority of the broker's certificate; empty: the machine's"
    )
    topic: str = Field(
        "clicks",
        pattern=r"^[a-zA-Z0-9._-]{1,249}$",
        description="the events; one deployment serves one, for count tables carry no topic",
    )
    topic_partitions: int = Field(
        2, ge=1, le=1000, description="when this program creates the topic; two cores read two"
    )

    # --- MySQL -----------------------------------------------------------------------------
    mysql_host: str = Field("", description="empty: the embedded MariaDB")
    mysql_port: int = Field(0, ge=0, le=65535, description="0: the embedded port, or 3306")
    mysql_database: str = Field(
        "clickledger",
        pattern=r"^[a-zA-Z0-9_]{1,64}$",
        description="of its own: another deployment's tables would have the same names",
    )
    mysql_ssl_ca: Path | None = Field(
        None, description="PEM of the authority that the server's certificate must be of"
    )
    mysql_owner_user: str = Field(
        "clickledger_owner", description="migrations: the only one who may change tables"
    )
    mysql_owner_password: SecretStr = Field(SecretStr(""), description="only migrations need it")
    mysql_stream_user: str = Field(
        "clickledger_stream", description="the driver: adds counts, may delete none"
    )
    mysql_stream_password: SecretStr = Field(SecretStr(""), description="the driver's")
    mysql_batch_user: str = Field(
        "clickledger_batch", description="recount, corrections and retention: may delete"
    )
    mysql_batch_password: SecretStr = Field(SecretStr(""), description="the batch layer's")
    mysql_operator_user: str = Field(
        "clickledger_operator", description="the lifecycle: writes what is wanted, never counts"
    )
    mysql_operator_password: SecretStr = Field(SecretStr(""), description="the lifecycle's")
    mysql_reader_user: str = Field(
        "clickledger_reader", description="may only read: for dashboards, reports and the audit"
    )
    mysql_reader_password: SecretStr = Field(SecretStr(""), description="to be given to readers")

    # --- the contract's limits that depend on the deployment ---------------------------------
    max_future: timedelta | Literal["auto", "off"] = Field(
        "auto", description="auto: one hour where the broker stamps the time, else off (P3)"
    )
    max_age: timedelta | Literal["off"] = Field(
        "off", description="off: late events of any age count; the archive is then kept for ever"
    )

    # --- the stream ------------------------------------------------------------------------
    trigger_interval_ms: int = Field(
        500, ge=0, le=60_000, description="0: back to back; why 500: docs/adr/0010"
    )
    max_offsets_per_trigger: int = Field(
        3_000_000, ge=1, description="larger: fewer upserts per event"
    )
    groups_at_once: int = Field(
        500_000,
        ge=1,
        description="(minute, type, device) that one transaction adds to, about: a batch of more is"
        " counted in parts. Bounds the driver's memory: a heap of 700m takes this many",
    )
    small_batch_records: int = Field(
        50_000, ge=0, description="up to here rows are summed in the driver: no shuffle, less CPU"
    )
    reject_sample_cap: int = Field(
        100, ge=0, le=10_000, description="raw samples kept per reason and hour of arrival"
    )
    reject_limit_share: float = Field(
        0.5, gt=0, le=1, description="halt when so much of the window is rejected; 1: never"
    )
    reject_window_records: int = Field(
        10_000, ge=100, description="the window of the limit: the most recent records"
    )
    shadow: Literal["changed", "always", "off"] = Field(
        "changed",
        description="recount applied ranges before taking over; changed: when code, Spark or rules"
        " are not those that counted them, so that a restart after a crash is quick",
    )
    shadow_records: int = Field(50_000, ge=1, description="about how many records are recounted")
    heartbeat_interval_s: float = Field(
        1.0,
        gt=0,
        le=2,
        description="how soon a driver hears that it is not wanted any more; a proof looks for 3 s",
    )
    database_retry_s: float = Field(
        60.0, gt=0, description="how long a batch waits for MySQL before the driver gives up"
    )
    spark_master: str = Field(
        "local[2]",
        pattern=r"^local(\[(\d+|\*)\])?$",
        description="threads that count; one a partition is enough. No cluster: docs/adr/0003",
    )
    spark_driver_memory: str = Field(
        "1g", pattern=r"^[0-9]+[mg]$", description="the JVM's heap; groups_at_once must fit into it"
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="of the driver; json: one object a line, for what gathers logs"
    )
    release: str = Field("", description="name of the running release; empty: from Git")
    slot: Literal["", "a", "b"] = Field(
        "", description="the driver's place under the supervisor; empty: run by hand"
    )

    # --- the batch layer -----------------------------------------------------------------------
    archive_url: str = Field(
        "", description="folder or Hadoop file system of the raw records; empty: in the home folder"
    )
    archive_segment_records: int = Field(
        1_000_000, ge=1, description="about how many records one segment holds: one file, one task"
    )
    batch_driver_memory: str = Field(
        "1g", pattern=r"^[0-9]+[mg]$", description="the heap that recounts; the stream has its own"
    )
    settle: timedelta = Field(
        timedelta(minutes=15), description="an hour is due this long after its end (P4)"
    )
    duplicates: Literal["count", "correct"] = Field(
        "count",
        description="correct: of records with the same bytes one counts, the batch layer takes the"
        " others out; the stream counts each",
    )
    report_time_zone: str = Field(
        "UTC", max_length=64, description="what a day is, like Asia/Kolkata; docs/tables.md, days"
    )
    correction_approval_share: float = Field(
        0.01, ge=0, le=1, description="corrections of more of an hour's clicks need a person's word"
    )

    # --- what maintenance may delete, by age (docs/adr/0012) -------------------------------------
    keep_minutes: timedelta | Literal["off"] = Field(
        "off", description="minute rows of final days; off: for ever. Needs a max_age (P8)"
    )
    keep_archive: timedelta | Literal["off"] = Field(
        "off", description="raw records of sealed hours; off: for ever"
    )
    keep_ranges: timedelta | Literal["off"] = Field(
        timedelta(days=30), description="the ledger's single ranges; older ones are folded up"
    )
    keep_samples: timedelta | Literal["off"] = Field(
        timedelta(days=90), description="samples of rejected records and of recounted ranges"
    )
    keep_checkpoints: timedelta | Literal["off"] = Field(
        timedelta(days=7), description="Spark's checkpoints of drivers that have ended"
    )
    most_checkpoints: int = Field(
        100, ge=0, description="of drivers that have ended; older ones go however young they are"
    )
    keep_logs: timedelta | Literal["off"] = Field(
        timedelta(days=30), description="log files that nobody writes into any more"
    )
    keep_releases: int = Field(
        10,
        ge=3,
        description="newest releases; one that runs, or that a rollback may want, stays anyway",
    )
    archive_warning: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="warn when what is not archived has used up this share of Kafka's retention",
    )

    # --- quality -------------------------------------------------------------------------------
    data_docs_folder: Path | None = Field(
        None, description="pages about the quality of each day; empty: data_docs in the home folder"
    )
    device_share_limit: float = Field(
        0.2, gt=0, le=1, description="one device with more of a day's clicks is a warning; 1: never"
    )
    freshness_limit: timedelta = Field(
        timedelta(hours=1),
        description="a newest minute that is older when yesterday is judged is a warning",
    )

    # --- reports -------------------------------------------------------------------------------
    exports_folder: Path | None = Field(
        None, description="where reports and exports are kept; empty: exports in the home folder"
    )
    delivery_url: str = Field(
        "",
        description="folder or fsspec URL (s3://…) that each published version is copied to;"
        " empty: none. Credentials come from the environment, never from here",
    )

    # --- the lifecycle -----------------------------------------------------------------------
    supervisor_url: str = Field("", description="http://host:port; empty: the embedded stack's")
    supervisor_password: SecretStr = Field(
        SecretStr(""), description="who has it can start and end programs; made at the first start"
    )
    takeover: Literal["auto", "beside", "drain_first"] = Field(
        "auto", description="auto: the new driver warms up beside the old one if memory is there"
    )
    proof_reject_factor: float = Field(
        3.0,
        ge=1,
        description="roll back a release that rejects more than so many times its predecessor",
    )
    game_day: Literal["allowed", "refused"] = Field(
        "refused", description="allowed: nobody relies on this stack, it may be harmed on purpose"
    )

    # --- Airflow in the embedded stack -------------------------------------------------------
    airflow: Literal["on", "off"] = Field("on", description="off: operate by command line alone")
    airflow_admin_password: SecretStr = Field(
        SecretStr(""), description="of the login that may do all; made at the first start"
    )
    airflow_operator_password: SecretStr = Field(
        SecretStr(""), description="of the login that may run DAGs; made at the first start"
    )
    airflow_viewer_password: SecretStr = Field(
        SecretStr(""), description="of the login that may only look; made at the first start"
    )

    # --- the embedded stack ------------------------------------------------------------------
    traffic: Literal["on", "off"] = Field("on", description="the built-in demonstration traffic")
    traffic_rate: float = Field(
        50.0, gt=0, le=100_000, description="its events a second; few, so that a laptop stays quiet"
    )

    @model_validator(mode="after")
    def _times_make_sense(self) -> "Settings":
        ages = [name for name in type(self).model_fields if name.startswith("keep_")]
        for name in ("max_future", "max_age", *ages):
            value = getattr(self, name)
            if isinstance(value, timedelta) and value < timedelta(0):
                raise ValueError(f"{name} must not be negative")
        return self

    @field_validator("report_time_zone")
    @classmethod
    def _is_a_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name!r} is no time zone: write one like Asia/Kolkata") from None
        return name

    # --- derived -------------------------------------------------------------------------------
    @property
    def embedded_kafka(self) -> bool:
        """Whether the broker is the embedded stack's own."""
        return not self.kafka_bootstrap_servers

    @property
    def embedded_mysql(self) -> bool:
        """Whether the database server is the embedded stack's own."""
        return not self.mysql_host

    @property
    def archive(self) -> str:
        """The folder or URI under which segments are kept."""
        return self.archive_url.rstrip("/") or str(self.home / "archive")

    @property
    def data_docs(self) -> Path:
        """The folder of the pages about each day's quality."""
        return self.data_docs_folder or self.home / "data_docs"

    @property
    def exports(self) -> Path:
        """The folder of the published bundles."""
        return self.exports_folder or self.home / "exports"

    @property
    def bootstrap_servers(self) -> str:
        """``host:port`` list of the broker that is used."""
        return self.kafka_bootstrap_servers or f"127.0.0.1:{self.port_base + KAFKA_PORT_OFFSET}"

    @property
    def mysql_address(self) -> tuple[str, int]:
        """(host, port) of the database server that is used."""
        if self.embedded_mysql:
            return "127.0.0.1", self.mysql_port or self.port_base + MYSQL_PORT_OFFSET
        return self.mysql_host, self.mysql_port or 3306

    def mysql_login(self, role: Role) -> tuple[str, SecretStr]:
        """(user, password) of a role."""
        return getattr(self, f"mysql_{role}_user"), getattr(self, f"mysql_{role}_password")


def load_settings(**overrides: object) -> Settings:
    """Read the settings of the home folder that the environment (or ``home=``) names.

    Raises:
        ConfigurationError: a value is not valid; the message names it, never shows a secret.
    """
    home = overrides.get("home") or os.environ.get("CLICKLEDGER_HOME") or CHECKOUT / ".local"
    folder = Path(str(home)).absolute()
    files = (folder / SECRETS_FILE, folder / SETTINGS_FILE)  # the later file wins
    try:
        return Settings(_env_file=files, **{**overrides, "home": folder})  # type: ignore[call-arg,arg-type]
    except ValidationError as error:
        problems = "; ".join(
            f"CLICKLEDGER_{'_'.join(map(str, item['loc'])).upper()}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise ConfigurationError(
            f"Settings are not valid: {problems}.",
            next_step=f"mend them in the environment or in {folder / SETTINGS_FILE}",
        ) from None
