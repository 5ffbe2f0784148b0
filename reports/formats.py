"""What an answer can be written as."""

from enum import StrEnum


class Format(StrEnum):
    """A file format; also the ending of its files."""

    PARQUET = "parquet"
    CSV = "csv"
    XLSX = "xlsx"
