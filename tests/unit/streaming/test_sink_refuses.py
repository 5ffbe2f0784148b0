"""After its driver's end a sink begins nothing; tests/stack/stream has all that it does before."""

import pytest

from clickledger.settings import load_settings
from streaming.drain import DrainedError
from streaming.sink import Sink
from streaming.writer import Writer

pytestmark = pytest.mark.unit


def test_a_sink_that_refuses_asks_no_server() -> None:
    settings = load_settings(mysql_host="127.0.0.1", mysql_port=1, database_retry_s=0.1)
    sink = Sink(settings, Writer("clicks", "id", 1, "me", "generation", 1, "release", "code"))
    sink.refuse()
    with pytest.raises(DrainedError):
        sink.positions()
