"""Log lines: for a person by default, one JSON object a line by a switch."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Literal

from pydantic import SecretStr

from clickledger.settings import Settings


class JsonFormatter(logging.Formatter):
    """time, level, logger, message, and the error if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def configure_logging(style: Literal["text", "json"]) -> None:
    """Send our log to standard error; libraries only from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)-7s %(message)s")
    formatter.datefmt = "%Y-%m-%dT%H:%M:%S"
    formatter.converter = lambda seconds: datetime.fromtimestamp(seconds or 0, UTC).timetuple()
    handler.setFormatter(JsonFormatter() if style == "json" else formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("streaming", "clickledger"):
        logging.getLogger(name).setLevel(logging.INFO)
    logging.getLogger("kafka").setLevel(logging.ERROR)  # it warns at every reconnect
    logging.getLogger("py4j").setLevel(logging.CRITICAL)  # callbacks' errors are ours to tell


def traceback_without_secrets(error: BaseException, settings: Settings) -> str:
    """Where ``error`` came from, with every password of the settings blotted out."""
    text = "".join(traceback.format_exception(error)).rstrip()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr) and value.get_secret_value():
            text = text.replace(value.get_secret_value(), str(value))
    return text
