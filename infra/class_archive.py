"""The class data sharing archive of the driver, made in a process of its own."""

import os
import subprocess
import sys

from clickledger.settings import CHECKOUT, Settings
from clickledger.settings_environment import settings_environment
from infra.java import java_home
from infra.steps import Step


def make_class_archive(settings: Settings, step: Step) -> None:
    """Once per Java and jars, while the stream works already: it halves every later start.

    Nothing depends on it, so a failure is only told.
    """
    answer = subprocess.run(
        ["nice", sys.executable, "-m", "streaming.class_archive"],
        cwd=CHECKOUT,
        env={
            **os.environ,
            **settings_environment(settings),
            "JAVA_HOME": str(java_home()),
        },
        capture_output=True,
        check=False,
        text=True,
    )
    step.outcome = "there" if answer.returncode == 0 else "not made, starts will be slower"
