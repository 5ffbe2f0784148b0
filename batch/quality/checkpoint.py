"""One checkpoint of Great Expectations over a day's frames, in a context that leaves nothing behind
but its pages (Data Docs).

Its import takes 5 core-seconds: it stands where a day is judged, and nowhere at a module's top.
"""

from __future__ import annotations

import html
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batch.quality.expectations import Expectation
from clickledger.errors import ClickledgerError

if TYPE_CHECKING:
    import pandas as pd

SITE = "day"
MOST_NAMED = 5  # rows that are not as expected, in words


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an expectation met: how many rows, how many not as expected, and the first of those."""

    met: bool
    rows: int
    unexpected: int
    named: tuple[str, ...]


def run_checkpoint(
    name: str,
    frames: Mapping[str, pd.DataFrame],
    expectations: Sequence[Expectation],
    pages: Path,
) -> dict[str, Outcome]:
    """Check ``frames``, write the pages into the new folder ``pages``; outcomes by expectation."""
    with tempfile.TemporaryDirectory() as folder:
        context = _context(pages)
        source = context.data_sources.add_pandas(name)
        definitions = [
            _definition(context, source, Path(folder), key, frame, of_frame)
            for key, frame in frames.items()
            if (of_frame := [each for each in expectations if each.frame == key])
        ]
        found = _checkpoint(context, name, definitions).run()
        context.build_data_docs()  # all at once: an action of the checkpoint does it suite by suite
    results = [each for suite in found.run_results.values() for each in suite.results]
    return {each.expectation_config.meta["name"]: _outcome(each) for each in results}


def _great_expectations() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    # It would import Spark's client for Connect, which we do not have, and that takes a process
    # whose main module is no file (a worker of the tests, `python -c`) for a run of its doctests,
    # and ends it.
    with _suppressed("pyspark.sql.connect"):
        import great_expectations

    return great_expectations


@contextmanager
def _suppressed(module: str) -> Iterator[None]:
    """An import of ``module`` fails in this block, unless it was imported before."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # how Python spells it
    try:
        yield
    finally:
        del sys.modules[module]


def _context(pages: Path) -> Any:
    context = _great_expectations().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    for site in list(context.list_data_docs_sites()):  # one in a folder for temporary files
        context.delete_data_docs_site(site)
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(pages.absolute())}
    config = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": store,
    }
    context.add_data_docs_site(site_name=SITE, site_config=config)
    return context


def _definition(
    context: Any,
    source: Any,
    folder: Path,
    key: str,
    frame: pd.DataFrame,
    expectations: Sequence[Expectation],
) -> Any:
    """A frame goes through a file: a checkpoint takes one frame as it is, and we have several."""
    gx = _great_expectations()
    path = folder / f"{key}.parquet"
    # Great Expectations puts values into its pages as they are, and device types are anybody's.
    frame.assign(what=frame["what"].map(html.escape)).to_parquet(path)
    batch = source.add_parquet_asset(key, path=str(path)).add_batch_definition(name="all")
    suite = context.suites.add(gx.ExpectationSuite(name=key))
    for each in expectations:
        suite.add_expectation(_expectation(gx, each))
    definition = gx.ValidationDefinition(name=key, data=batch, suite=suite)
    return context.validation_definitions.add(definition)


def _expectation(gx: Any, each: Expectation) -> Any:
    return getattr(gx.expectations, each.kind)(
        **each.arguments,
        severity=each.severity.value,
        description=f"{each.name}: {each.expected}",
        meta={"name": each.name},
    )


def _checkpoint(context: Any, name: str, definitions: Sequence[Any]) -> Any:
    gx = _great_expectations()
    checkpoint = gx.Checkpoint(
        name=name,
        validation_definitions=list(definitions),
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": ["what"],
        },
    )
    return context.checkpoints.add(checkpoint)


def _outcome(result: Any) -> Outcome:
    found = result.result
    if "element_count" not in found:
        name = result.expectation_config.meta["name"]
        raise ClickledgerError(f"Great Expectations could not check {name}: {_why(result)}")
    return Outcome(
        met=bool(result.success),
        rows=int(found["element_count"]),
        unexpected=int(found["unexpected_count"]),
        named=tuple(map(_in_words, found.get("unexpected_index_list") or ()))[:MOST_NAMED],
    )


def _in_words(row: Mapping[str, Any]) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in row.items() if name != "what")
    return f"{html.unescape(row['what'])} ({figures})"


def _why(result: Any) -> str:
    return str(result.exception_info)[:500]
