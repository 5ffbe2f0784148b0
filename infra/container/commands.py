"""What the containers of ``docker-compose.yml`` run: ``python -m infra.container COMMAND``.

Settings and passwords come from the environment alone. A command either does its work once, safe to
repeat, or becomes the program of its container.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from clickledger.errors import ClickledgerError
from clickledger.settings import Settings, load_settings
from infra.airflow.programs import PROGRAMS as AIRFLOW_PROGRAMS
from infra.container import airflow as airflow_container
from infra.container import stream as stream_container
from infra.container.secrets import administrator
from infra.contents import prepare_kafka, prepare_mysql
from infra.home import Home
from infra.jars import JarFolder
from infra.steps import step

JARS = ("spark",)


def jars(settings: Settings, arguments: argparse.Namespace) -> None:
    """Fetch the jars of the pinned list into a folder of the image."""
    with step("Jars") as running:
        fetched = JarFolder(arguments.folder).ensure(JARS, settings.cache, running)
        running.outcome = f"{fetched} fetched and verified"


def setup(settings: Settings, arguments: argparse.Namespace) -> None:
    """Jars on the volume, database users with their rights, tables, the topic."""
    with step("Jars") as running:
        folder = Home(settings.home).jars
        adopt_jars(arguments.jars, folder)
        JarFolder(folder).ensure(JARS, settings.cache, running)
        running.outcome = "verified"
    prepare_mysql(settings, administrator(settings, os.environ))
    prepare_kafka(settings)


def stream(settings: Settings, _: argparse.Namespace) -> None:
    """Become the supervisor of the two slots."""
    stream_container.become_supervisor(settings)


def deploy(settings: Settings, _: argparse.Namespace) -> None:
    """Have the release of this image run as the writer, proven."""
    stream_container.deploy(settings)


def airflow_setup(settings: Settings, _: argparse.Namespace) -> None:
    """Airflow's configuration, its users and its metadata tables."""
    airflow_container.set_up(settings, os.environ)


def healthy(settings: Settings, arguments: argparse.Namespace) -> None:
    """Ask the program of a container whether it does its work; exit code 0 when it does."""
    if arguments.program == "stream":
        print(stream_container.ask(settings))
    else:
        print(airflow_container.ask(settings, os.environ, arguments.program))


def adopt_jars(image: Path, folder: Path) -> None:
    """Copy what is new there; ``JarFolder`` removes what is outdated, and verifies every jar."""
    for jar in image.glob("*/*.jar"):
        target = folder / jar.relative_to(image)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            half_made = folder / f".{jar.name}"  # not where the next run would refuse it
            shutil.copyfile(jar, half_made)
            half_made.replace(target)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m infra.container", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(run: Callable[[Settings, argparse.Namespace], None]) -> argparse.ArgumentParser:
        added = commands.add_parser(run.__name__.replace("_", "-"), help=run.__doc__)
        added.set_defaults(run=run)
        return added

    command(jars).add_argument("folder", type=Path)
    command(setup).add_argument("--jars", type=Path, required=True, help="folder of the image")
    command(stream)
    command(deploy)
    command(airflow_setup)
    command(healthy).add_argument("program", choices=("stream", *AIRFLOW_PROGRAMS))
    return top


def main() -> int:
    """Run a command; errors that can be foreseen are one line and an exit code."""
    arguments = parser().parse_args()
    try:
        arguments.run(load_settings(), arguments)
    except ClickledgerError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0
