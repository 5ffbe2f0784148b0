"""Hypothesis strategies: values of records as they may come, good, spoiled and arbitrary."""

from hypothesis import strategies as st

from clickledger.contract.rules import Rules

NOW_MS = 1_763_800_001_000
HOUR_MS, DAY_MS = 3_600_000, 86_400_000

# The second and third show that limits are data, and that the usual form of an event (see
# clickledger.transforms.usual_form) keeps them when they are narrower than it is.
RULES = [
    Rules(max_future_ms=HOUR_MS, max_age_ms=DAY_MS),
    Rules(max_bytes=30, device_id_max_chars=3, device_type_max_chars=2, max_click=50),
    Rules(time_max_digits=12, time_min_ms=0, click_max_digits=2, max_future_ms=0),
]

ODD_TEXTS = [
    "|", "||", " ", "\0", "\t", "\n", "\r", "\r\n", "\x7f", "\x85", "\xa0", "\u2028", "\u3000",
    "\u200b", "\ufeff", "\u0301", "\U0001f600", "+", "-", ".", ",", "_", "e3", "0", "\uff11",
    "\u0661", "\u00b2", "'", "\\", "x" * 65, "0" * 16, "9" * 1_000,
]  # fmt: skip
ODD_BYTES = [
    b"\xff", b"\x80", b"\xc0\x80", b"\xc1\xbc", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xed\xbf\xbf",
    b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xf8\x88\x80\x80\x80",
    *(text.encode() for text in ODD_TEXTS),
]  # fmt: skip

good_names = st.sampled_from(["device-1", "a", "web", "\u00e9", "x" * 32, "\U0001f600" * 32])
names = st.one_of(good_names, st.sampled_from(["", "x" * 64, "y" * 65]), st.text(max_size=6))

limits = [946_684_800_000, 4_102_444_800_000, NOW_MS + HOUR_MS, NOW_MS - DAY_MS, 10**12]
good_times = st.integers(NOW_MS - DAY_MS, NOW_MS).map(str)
times = st.one_of(
    st.integers(NOW_MS - 2 * DAY_MS, NOW_MS + 2 * HOUR_MS).map(str),
    st.builds(lambda limit, more: str(limit + more), st.sampled_from(limits), st.integers(-1, 1)),
    st.integers(0, 10**17).map(str),
    st.from_regex(r"[0-9+\-. e\n]{13}", fullmatch=True),
    st.from_regex(r"[+ .\n]?99999999999[0-9][+ .\n]?", fullmatch=True),  # 13 bytes, 12 digits
)

good_clicks = st.integers(0, 1_100).map(str)
clicks = st.one_of(
    st.sampled_from([999_999, 1_000_000, 1_000_001, 10**15 - 1, 10**15, 2**63]).map(str),
    st.from_regex(r"[0-9+\-. eE_\n]{0,4}", fullmatch=True),
)
line_ends = st.sampled_from(["", "", "\n", "\r\n", "\r", "\n\n", "|"])


def lines_of(
    name: st.SearchStrategy[str], time: st.SearchStrategy[str], click: st.SearchStrategy[str]
) -> st.SearchStrategy[bytes]:
    """Lines with such fields."""
    parts = st.tuples(name, name, time, click).map("|".join)
    return st.builds(lambda line, end: (line + end).encode(), parts, line_ends)


good_lines = lines_of(good_names, good_times, good_clicks)
odd_lines = st.one_of(  # in one field only: else the first odd one hides the others
    lines_of(names, good_times, good_clicks),
    lines_of(good_names, times, good_clicks),
    lines_of(good_names, good_times, clicks),
    lines_of(names, times, clicks),
)


@st.composite
def spoiled_lines(draw: st.DrawFn) -> bytes:
    """A good line into which something odd was put, or in which it stands for a byte."""
    line: bytes = draw(good_lines)
    place = draw(st.integers(0, len(line)))
    odd = draw(st.one_of(st.sampled_from(ODD_BYTES), st.binary(max_size=3)))
    return line[:place] + odd + line[place + draw(st.integers(0, 1)) :]


values = st.one_of(st.none(), st.binary(max_size=40), good_lines, odd_lines, spoiled_lines())
kafka_times = st.sampled_from([NOW_MS, NOW_MS - 1, NOW_MS + HOUR_MS, NOW_MS - DAY_MS, 0, -1])
