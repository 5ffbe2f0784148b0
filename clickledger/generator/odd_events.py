"""Events as real clients spoil them, and valid ones as a careless reader would spoil them.

Each function takes the four fields of a good event and returns the bytes of an odd one. None of
them holds a line feed: a file could not carry it as one event. What each is worth (which reason, or
accepted after all) is not said here: the contract's oracle judges it.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a good event."""

    device_id: str
    device_type: str
    time_ms: int
    click: int


OddEvent = Callable[[Fields], bytes]
FULL_WIDTH = str.maketrans(
    "0123456789", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19"
)
FAR_FUTURE_MS = 4_070_908_800_000  # 2099-01-01: within the contract's years, later than any arrival


def _text(device_id: str, device_type: str, time: str | int, click: str | int) -> bytes:
    return f"{device_id}|{device_type}|{time}|{click}".encode()


def _good(f: Fields) -> bytes:
    return _text(f.device_id, f.device_type, f.time_ms, f.click)


MALFORMED: dict[str, OddEvent] = {
    "empty": lambda f: b"",
    "cut off": lambda f: _good(f)[: len(f.device_id.encode()) + 3],
    "three fields": lambda f: f"{f.device_id}|{f.device_type}|{f.time_ms}".encode(),
    "five fields": lambda f: _good(f) + b"|web",
    "delimiter inside": lambda f: _text(f"{f.device_id}|x", f.device_type, f.time_ms, f.click),
    "commas": lambda f: _good(f).replace(b"|", b","),
    "json": lambda f: f'{{"deviceId":"{f.device_id}","click":{f.click}}}'.encode(),
    "header line": lambda f: b"deviceId|deviceType|time|click",
    "no device": lambda f: _text("", f.device_type, f.time_ms, f.click),
    "blank before device": lambda f: _text(f" {f.device_id}", f.device_type, f.time_ms, f.click),
    "byte order mark": lambda f: b"\xef\xbb\xbf" + _good(f),
    "NUL in device": lambda f: _text(f"{f.device_id}\0", f.device_type, f.time_ms, f.click),
    "tab in device": lambda f: _text(f"a\t{f.device_id}", f.device_type, f.time_ms, f.click),
    "long device": lambda f: _text(f.device_id.ljust(65, "x"), f.device_type, f.time_ms, f.click),
    "no type": lambda f: _text(f.device_id, "", f.time_ms, f.click),
    "long type": lambda f: _text(f.device_id, f.device_type.ljust(33, "y"), f.time_ms, f.click),
    "blank after type": lambda f: _text(f.device_id, f"{f.device_type} ", f.time_ms, f.click),
    "seconds": lambda f: _text(f.device_id, f.device_type, f.time_ms // 1000, f.click),
    "microseconds": lambda f: _text(f.device_id, f.device_type, f.time_ms * 1000, f.click),
    "ISO time": lambda f: _text(f.device_id, f.device_type, "2026-01-01T00:00:00Z", f.click),
    "negative time": lambda f: _text(f.device_id, f.device_type, -f.time_ms, f.click),
    "exponent": lambda f: _text(f.device_id, f.device_type, f"{f.time_ms / 1e12:.3f}e12", f.click),
    "full-width time": lambda f: _text(
        f.device_id, f.device_type, str(f.time_ms).translate(FULL_WIDTH), f.click
    ),
    "year 9999": lambda f: _text(f.device_id, f.device_type, 253_402_300_799_000, f.click),
    "no time": lambda f: _text(f.device_id, f.device_type, "", f.click),
    "future": lambda f: _text(
        f.device_id, f.device_type, FAR_FUTURE_MS + f.time_ms % 86_400_000, f.click
    ),
    "negative click": lambda f: _text(f.device_id, f.device_type, f.time_ms, -1),
    "signed click": lambda f: _text(f.device_id, f.device_type, f.time_ms, f"+{f.click}"),
    "decimal click": lambda f: _text(f.device_id, f.device_type, f.time_ms, f"{f.click}.0"),
    "word as click": lambda f: _text(f.device_id, f.device_type, f.time_ms, "true"),
    "no click": lambda f: _text(f.device_id, f.device_type, f.time_ms, ""),
    "huge click": lambda f: _text(f.device_id, f.device_type, f.time_ms, 1_000_001),
    "blank after click": lambda f: _good(f) + b" ",
    "Latin-1": lambda f: f"ger\u00e4t|{f.device_type}|{f.time_ms}|{f.click}".encode("latin-1"),
    "binary": lambda f: bytes(range(128, 160)),
    "too large": lambda f: _good(f) + b"0" * 1025,
}

UNUSUAL: dict[str, OddEvent] = {
    "Windows line end": lambda f: _good(f) + b"\r",
    "leading zeros": lambda f: _text(f.device_id, f.device_type, f.time_ms, f"{f.click:07d}"),
    "no click counted": lambda f: _text(f.device_id, f.device_type, f.time_ms, 0),
    "many clicks": lambda f: _text(f.device_id, f.device_type, f.time_ms, 1_000 + f.click),
    "longest type": lambda f: _text(f.device_id, "ñ" * 32, f.time_ms, f.click),
    "longest device": lambda f: _text("ÿ" * 64, f.device_type, f.time_ms, f.click),
    "quotes": lambda f: _text(f"'{f.device_id}\\\"", f.device_type, f.time_ms, f.click),
    "upper case": lambda f: _text(f.device_id.upper(), f.device_type, f.time_ms, f.click),
}
