"""The machine that is measured on: what it is, how busy it is, what else runs on it."""

import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

QUIET_CORES = 0.3  # a run beside which others took more than this is marked as noisy
LOOK_S = 5.0
NEW_S = 2.0
M_STEPS = """
import time
began, total = time.perf_counter(), 0
for n in range(5_000_000):
    total += n
print(5 / (time.perf_counter() - began))
"""
# Each copy lies in pages that the process never had: a JVM's start is mostly such memory.
FRESH_GB = """
import time
source = b"x" * 64_000_000
began = time.perf_counter()
for _ in range(8):
    bytearray(source)
print(0.512 / (time.perf_counter() - began))
"""


@dataclass(frozen=True)
class Usage:
    """CPU time of a process and all that it has ever started; of what lives now, each one's peak
    of resident memory, added up."""

    cpu_s: float
    peak_rss_mib: float


def usage_of_tree(pid: int) -> Usage:
    """``pid`` with its descendants. Those that have ended live on in their parents' figures."""
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return Usage(0, 0)
    found = [_usage(process) for process in processes]
    return Usage(sum(each.cpu_s for each in found), sum(each.peak_rss_mib for each in found))


def _usage(process: psutil.Process) -> Usage:
    try:
        times = process.cpu_times()
        reaped = times.children_user + times.children_system
        # A child that was forked this moment still shows its parent's memory.
        is_new = time.time() - process.create_time() < NEW_S
        peak = 0 if is_new else _peak_rss_mib(process.pid)
        return Usage(times.user + times.system + reaped, peak)
    except (psutil.NoSuchProcess, FileNotFoundError):
        return Usage(0, 0)


def _peak_rss_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0  # a zombie has none


def own_cpu_s() -> float:
    """CPU time of this process: the observer's share. Its children are not in it."""
    return time.process_time()


def busy_s() -> float:
    """CPU time of everything since boot, what the hypervisor took from us included."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice


def await_quiet(limit_s: float) -> float:
    """Wait, at most so long, until nothing runs but what we see; the cores still busy then.

    The load average would remember our own last run for minutes; this looks at the present.
    """
    deadline = time.monotonic() + limit_s
    while True:
        began, busy = time.monotonic(), busy_s()
        time.sleep(LOOK_S)
        cores = (busy_s() - busy) / (time.monotonic() - began)
        if cores < QUIET_CORES or time.monotonic() > deadline:
            return cores


def description() -> dict[str, str]:
    """For a person who wants to repeat it."""
    memory_gib = psutil.virtual_memory().total / 2**30
    return {
        "machine": f"{os.cpu_count()} cores ({_cpu_model()}), {memory_gib:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "load average": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "speed": speed(),
    }


def speed() -> str:
    """How fast it is today, in Python's steps and in memory: shared machines change, pages stay."""
    cores = os.cpu_count() or 1
    steps, steps_each = _slowest(M_STEPS, 1), _slowest(M_STEPS, cores)
    copied, copied_each = _slowest(FRESH_GB, 1), _slowest(FRESH_GB, cores)
    return (
        f"{steps:.1f} M steps/s and {copied:.1f} GB/s of fresh memory in one process, "
        f"{steps_each:.1f} M and {copied_each:.1f} GB/s in each of {cores} at once"
    )


def _slowest(yardstick: str, count: int) -> float:
    """What the slowest of so many at once measures."""
    command = [sys.executable, "-c", yardstick]
    measuring = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(count)]
    return min(float(each.communicate()[0]) for each in measuring)


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
