"""A deployment for every test of the stream, on the session's one stack."""

import re
import shutil
from collections.abc import Iterator

import pytest

from clickledger.kafka.topics import admin_client, ensure_topic
from clickledger.mysql.grants import apply_grants, grant_tables
from clickledger.mysql.migrations import migrate
from clickledger.settings import Role, Settings, load_settings
from infra.ownership import MARKER, marker
from tests.stack.running_stack import RunningStack
from tests.stack.stream.deployment import Deployment, environment_of, link_jars


@pytest.fixture
def deployment(stack: RunningStack, request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """Own database, topic and home; nothing of it is left behind when the test passes."""
    found = make_deployment(stack, request.node.name)
    yield found
    found.close()
    with admin_client(found.settings) as admin:
        admin.delete_topics([found.settings.topic])


@pytest.fixture(scope="module")
def common(stack: RunningStack, request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """For all tests of a module that leave right books: the next one may go on with its driver."""
    found = make_deployment(stack, request.module.__name__.rpartition(".")[2])
    yield found
    found.close()


@pytest.fixture
def resting(common: Deployment) -> Deployment:
    """The module's deployment without a driver."""
    common.rest()
    return common


def make_deployment(stack: RunningStack, name: str, **changes: object) -> Deployment:
    """A deployment named after its test, from nothing."""
    short = re.sub(r"\W+", "_", name.removeprefix("test_"))[:40].strip("_")
    home = stack.home / "deployments" / short
    shutil.rmtree(home, ignore_errors=True)
    link_jars(home, stack.home)
    settings = load_settings(
        home=home,
        kafka_bootstrap_servers=stack.settings.bootstrap_servers,
        mysql_host="127.0.0.1",
        mysql_port=stack.settings.mysql_address[1],
        mysql_database=f"t_{short}",
        spark_driver_memory="700m",
        **{f"mysql_{role}_user": stack.settings.mysql_login(role)[0] for role in Role},
        **{f"mysql_{role}_password": stack.settings.mysql_login(role)[1] for role in Role},
        **{"topic": f"t_{short}", **changes},
    )
    create_deployment(stack, settings)
    stack.await_class_archive()
    # Marked as the stack's: what a killed test session leaves behind, the next one ends.
    environment = environment_of(settings) | {MARKER: marker("stream", stack.home)}
    return Deployment(settings, environment, stack.driver_python)


def create_deployment(stack: RunningStack, settings: Settings) -> None:
    """An empty database with users and tables, and an empty topic."""
    with stack.root() as connection:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {settings.mysql_database}")
        apply_grants(connection, settings)
        migrate(settings)
        grant_tables(connection, settings)
    with admin_client(settings) as admin:
        if settings.topic in admin.list_topics():
            admin.delete_topics([settings.topic])
    ensure_topic(settings)
