"""Logs of tasks that run are read from the disk, which Airflow's programs share here.

Airflow would ask its scheduler and triggerer for them as well: over a port of each, the same for
every stack of a machine, that listens to the whole network. They are started without it.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from airflow.config_templates.airflow_local_settings import DEFAULT_LOGGING_CONFIG
from airflow.utils.log.file_task_handler import FileTaskHandler


class LocalTaskHandler(FileTaskHandler):
    """Airflow's own, but it asks no other process."""

    def _read_from_logs_server(self, *_: Any) -> tuple[list[str], list[Any]]:
        return [], []


LOGGING_CONFIG: dict[str, Any] = deepcopy(DEFAULT_LOGGING_CONFIG)
LOGGING_CONFIG["handlers"]["task"]["class"] = f"{__name__}.{LocalTaskHandler.__name__}"
