"""``docker-compose.yml`` promises only what the program, its settings and its images hold.

No engine runs it here, so these tests read it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from clickledger.settings import CHECKOUT, Role, Settings, load_settings
from infra.airflow.programs import PROGRAMS
from infra.container import commands
from infra.container.airflow import API_HOST, API_PORT, DATABASE
from infra.container.env import filled
from infra.home import Home
from infra.secrets_file import (
    AIRFLOW_PASSWORDS,
    AIRFLOW_SECRETS,
    MYSQL_ROOT_PASSWORD,
    ROLE_PASSWORDS,
    SUPERVISOR_PASSWORD,
)
from infra.servers.kafka import KafkaServer
from tests.unit.infra.composition import (
    COMPOSE_FILE,
    IMAGES,
    INTERPOLATED,
    asked,
    composition,
    named_in_example,
    ours,
    required,
    services,
    words,
)

pytestmark = pytest.mark.unit

CONTAINER = ["python", "-m", "infra.container"]
SECRET = re.compile("PASSWORD|SECRET|TOKEN|KEY")
OPERATOR = {ROLE_PASSWORDS[Role.OPERATOR], ROLE_PASSWORDS[Role.READER], SUPERVISOR_PASSWORD}
SECRETS = {
    "mysql": {"MYSQL_ROOT_PASSWORD"},
    "postgres": {"POSTGRES_PASSWORD", "AIRFLOW_DATABASE_PASSWORD"},
    "setup": {MYSQL_ROOT_PASSWORD, *ROLE_PASSWORDS.values()},
    "stream": {ROLE_PASSWORDS[Role.STREAM], SUPERVISOR_PASSWORD},
    "deploy": OPERATOR,
    # Whoever is at the command line may accept a gap of the ledger: only the stream writes there.
    "clickledger": OPERATOR | {ROLE_PASSWORDS[Role.BATCH], ROLE_PASSWORDS[Role.STREAM]},
    "airflow-setup": {
        "AIRFLOW_DATABASE_PASSWORD",
        *AIRFLOW_SECRETS.values(),
        *AIRFLOW_PASSWORDS.values(),
    },
    "airflow-scheduler": OPERATOR | {ROLE_PASSWORDS[Role.BATCH]},
}


def environment(service: str) -> dict[str, Any]:
    found: dict[str, Any] = services()[service].get("environment", {})
    return found


@pytest.mark.parametrize("name", ours())
def test_every_command_of_ours_is_one(name: str) -> None:
    service = services()[name]
    command = service["command"]
    if command[0] == "airflow":
        assert command == ["airflow", *PROGRAMS[name][0]]
    elif name == "clickledger":
        assert service["entrypoint"] == ["clickledger"]
    else:
        assert command[:3] == CONTAINER
        commands.parser().parse_args(command[3:])


@pytest.mark.parametrize("name", [name for name in ours() if "healthcheck" in ours()[name]])
def test_every_health_check_of_ours_asks_for_its_own_program(name: str) -> None:
    test = services()[name]["healthcheck"]["test"]
    assert test[:4] == ["CMD", *CONTAINER]
    assert commands.parser().parse_args(test[4:]).program == name


def test_the_four_airflow_programs_are_there() -> None:
    assert set(PROGRAMS) == {name for name in services() if name.startswith("airflow-")} - {
        "airflow-setup"
    }


@pytest.mark.parametrize("name", ours())
def test_every_variable_is_a_known_setting_or_secret(name: str) -> None:
    secrets = {*AIRFLOW_SECRETS.values(), *AIRFLOW_PASSWORDS.values(), MYSQL_ROOT_PASSWORD}
    known = {f"CLICKLEDGER_{field.upper()}" for field in Settings.model_fields} | secrets
    others = {"AIRFLOW_HOME", "AIRFLOW_PORT", "AIRFLOW_DATABASE_PASSWORD"}
    assert environment(name).keys() <= known | others


def test_each_service_holds_the_secrets_it_needs_and_no_other() -> None:
    found = {name: {key for key in environment(name) if SECRET.search(key)} for name in services()}
    assert {name: keys for name, keys in found.items() if keys} == SECRETS


def test_no_secret_is_written_down() -> None:
    for name in services():
        for key, value in environment(name).items():
            if SECRET.search(key):
                found = INTERPOLATED.fullmatch(str(value))
                assert found is not None, f"{name}: {key}"
                assert found["form"] == ":?", f"{name}: {key}"


def test_the_example_names_what_compose_asks_for() -> None:
    to_fill, optional = named_in_example()
    assert to_fill == required()
    assert optional == asked() - required()


def test_a_written_env_has_a_random_secret_for_each_name() -> None:
    text = filled((IMAGES / "env.example").read_text(encoding="utf-8"))
    made = dict(re.findall(r"^([A-Z_]+)=(\S+)$", text, re.MULTILINE))
    assert made.keys() == required()
    assert len(set(made.values())) == len(made)
    assert min(map(len, made.values())) >= 32
    assert not re.search(r"[$%'\"#]", "".join(made.values()))  # compose and supervisord expand some


@pytest.mark.parametrize("name", services())
def test_every_host_is_a_service(name: str) -> None:
    text = " ".join(
        words(services()[name].get("environment", {})) + words(services()[name]["image"])
    )
    hosts = set(re.findall(r"(?:://|@|\s|^|,)([a-z][a-z0-9-]*):\d{4,5}\b", text))
    hosts |= {value for key, value in environment(name).items() if key.endswith("_HOST")}
    assert hosts <= services().keys()


def test_addresses_in_the_code_are_those_of_services() -> None:
    (database,) = re.findall(r"@(\S+):\d+/", DATABASE)
    assert {API_HOST, database} <= services().keys()
    assert services()[API_HOST]["ports"] == [f"127.0.0.1:${{AIRFLOW_PORT:-29093}}:{API_PORT}"]


def test_ports_are_published_on_loopback_alone() -> None:
    published = {name: each["ports"] for name, each in services().items() if "ports" in each}
    assert published.keys() == {"kafka", "mysql", "airflow-api"}
    for port in (port for ports in published.values() for port in ports):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z]+_PORT:-\d{5}\}:\d{4}", port)
    assert not any("network_mode" in each for each in services().values())


def test_the_broker_is_set_up_like_the_embedded_one(tmp_path: Path) -> None:
    embedded = KafkaServer(load_settings(home=tmp_path), Home(tmp_path))._properties("data")
    pairs = (line.partition("=") for line in embedded.splitlines() if line[:1] not in {"#", ""})
    expected = {f"KAFKA_{key.upper().replace('.', '_')}": value for key, _, value in pairs}
    found = {key: str(value) for key, value in environment("kafka").items()}
    where = re.compile("LISTENER|VOTERS|LOG_DIRS|HEAP")
    assert {key: value for key, value in found.items() if not where.search(key)} == {
        key: value for key, value in expected.items() if not where.search(key)
    }


def test_the_lock_holds_the_drivers_for_airflows_database() -> None:
    lock = (CHECKOUT / "infra" / "locks" / "runtime.txt").read_text(encoding="utf-8")
    assert {"psycopg2-binary", "asyncpg"} <= set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))


def test_what_is_waited_for_can_come() -> None:
    everything = services()
    for name, service in everything.items():
        for other, how in service.get("depends_on", {}).items():
            condition = how["condition"]
            assert other in everything, name
            if condition == "service_healthy":
                assert "healthcheck" in everything[other], f"{name} waits for {other}"
            if condition == "service_completed_successfully":
                assert everything[other].get("restart", "no") == "no", f"{name} waits for {other}"


def test_servers_and_programs_are_asked_and_come_back() -> None:
    ends = {"setup", "deploy", "airflow-setup", "clickledger"}
    for name, service in services().items():
        assert ("healthcheck" in service) == (name not in ends), name
        assert (service.get("restart") == "unless-stopped") == (name not in ends), name


def test_every_volume_is_named_and_nothing_of_the_checkout_is_mounted() -> None:
    """Another umask, and a container's user could not read it."""
    used = {
        volume.split(":")[0] for each in services().values() for volume in each.get("volumes", [])
    }
    assert used == composition()["volumes"].keys()
    configs = {
        each["source"] for name in services() for each in services()[name].get("configs", [])
    }
    assert configs == composition()["configs"].keys()
    assert all(each.keys() == {"content"} for each in composition()["configs"].values())


def test_exactly_one_service_builds_our_image_and_none_asks_a_registry_for_it() -> None:
    """Several would export the same tag side by side, and fail."""
    assert [name for name, service in services().items() if "build" in service] == ["setup"]
    assert len({service["image"] for service in ours().values()}) == 1
    assert {service["pull_policy"] for service in ours().values()} == {"never"}


def test_releases_and_generations_are_on_one_volume_everywhere() -> None:
    for name, service in ours().items():
        assert "home:/var/lib/clickledger" in service["volumes"], name
        assert environment(name)["CLICKLEDGER_HOME"] == "/var/lib/clickledger", name


def test_images_are_pinned() -> None:
    for name, service in services().items():
        if name not in ours():
            assert re.fullmatch(r"[a-z/]+:\d+\.\d+(\.\d+)?(-[a-z]+)?", service["image"]), name


@pytest.mark.parametrize("name", ours())
def test_containers_of_ours_have_no_rights_to_spare(name: str) -> None:
    service = services()[name]
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert not {"privileged", "user", "cap_add"} & service.keys()


def test_compose_itself_accepts_the_file(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or _run(docker, "compose", "version").returncode != 0:
        pytest.skip("NO DOCKER COMPOSE: nothing but our own reading has checked docker-compose.yml")
    env = tmp_path / "env"
    env.write_text(filled((IMAGES / "env.example").read_text(encoding="utf-8")))
    done = _run(
        docker, "compose", "--file", str(COMPOSE_FILE), "--env-file", str(env), "config", "--quiet"
    )
    assert done.returncode == 0, done.stderr


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
