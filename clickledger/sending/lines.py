"""Lines of a file or a stream, byte for byte: only the line feed is taken off."""

import gzip
import hashlib
import io
import os
import random
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from clickledger.errors import UsageError

GZIP_MAGIC = b"\x1f\x8b"
END_BYTES = 64 * 1024  # of the beginning and the end, by which a file is known again


def read_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Each line without its line feed; a carriage return is part of the value.

    Raises:
        UsageError: a compressed stream is damaged or ends too soon.
    """
    try:
        for line in stream:
            yield line.removesuffix(b"\n")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UsageError(
            f"The compressed input is damaged: {error}.", next_step="fetch the file again"
        ) from None


@dataclass(frozen=True)
class Source:
    """What is replayed: a file, or ``None`` for standard input. Compressed or not: it looks."""

    path: Path | None

    @contextmanager
    def opened(self) -> Iterator[tuple[BinaryIO, Callable[[], float | None]]]:
        """The plain bytes, and a function that says which share of the input has been read.

        Raises:
            UsageError: there is no such file, or it cannot be read, or not twice.
        """
        raw = self._open()
        size = os.fstat(raw.fileno()).st_size if self.path else 0
        try:
            packed = raw.peek(2)[:2] == GZIP_MAGIC
            plain = gzip.GzipFile(fileobj=raw) if packed else raw
            yield cast(BinaryIO, plain), lambda: raw.tell() / size if size else None
        finally:
            if self.path:
                raw.close()

    def _open(self) -> io.BufferedReader:
        if self.path is None:
            return cast(io.BufferedReader, sys.stdin.buffer)
        try:
            mode = self.path.stat().st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # it is read twice, and sought in
                raise UsageError(
                    f"{self.path} is no regular file.", next_step="use - and standard input"
                )
            return self.path.open("rb")
        except OSError as error:
            raise UsageError(f"Cannot read {self.path}: {error.strerror}.") from None

    def identity(self) -> str:
        """Says whether it is the same input again; standard input is always assumed to be."""
        if self.path is None:
            return "standard input"
        with self._open() as file:
            size = os.fstat(file.fileno()).st_size
            content = hashlib.sha256(file.read(END_BYTES))
            file.seek(max(size - END_BYTES, 0))
            content.update(file.read(END_BYTES))
        return f"{size} bytes, {content.hexdigest()[:16]}"


@dataclass(frozen=True)
class Order:
    """In which order, and how often, the lines of a source are sent."""

    times: int = 1
    shuffle_seed: int | None = None  # None: as they stand; else all lines are held in memory

    def lines(self, source: Source) -> Iterator[tuple[bytes, float | None]]:
        """Each line to send, with the share of the whole that is done by then, where known."""
        if self.shuffle_seed is not None:
            yield from self._shuffled(source, random.Random(self.shuffle_seed))  # noqa: S311
            return
        for turn in range(self.times):
            with source.opened() as (stream, share_read):
                for line in read_lines(stream):
                    share = share_read()
                    yield line, None if share is None else (turn + share) / self.times

    def _shuffled(
        self, source: Source, dice: random.Random
    ) -> Iterator[tuple[bytes, float | None]]:
        with source.opened() as (stream, _):
            lines = list(read_lines(stream)) * self.times
        dice.shuffle(lines)
        for done, line in enumerate(lines, start=1):
            yield line, done / len(lines)
