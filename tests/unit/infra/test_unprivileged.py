"""Root becomes somebody else for one program, and stays the owner of its files."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from infra import unprivileged

pytestmark = pytest.mark.unit
WRAPPER = [sys.executable, "-I", "-S", str(Path(unprivileged.__file__))]
LOOKS = (
    "import os, pathlib\n"
    "pathlib.Path('written').write_text(str(os.geteuid()))\n"
    "print(os.geteuid(), os.stat('.').st_uid == os.geteuid())"
)


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WRAPPER, *command], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_program_is_not_root_and_its_files_are_ours(tmp_path: Path) -> None:
    done = run(tmp_path, sys.executable, "-c", LOOKS)
    if os.geteuid() == 0 and "no user namespace" in done.stderr:
        pytest.skip("this container allows no user namespace")
    inside = pwd.getpwnam(unprivileged.account()).pw_uid
    assert inside != 0
    assert done.stdout == f"{inside} True\n"
    assert (tmp_path / "written").stat().st_uid == os.geteuid()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to leave root")
def test_where_no_namespace_may_be_made_it_says_so(tmp_path: Path) -> None:
    """As in a container without the right to: here a namespace whose own limit is none."""
    limit = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", limit, "sh", *WRAPPER, "/bin/true"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.stderr.startswith("unshare:"):
        pytest.skip("this container allows no user namespace")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "root cannot run it here, no user namespace may be made here\n"
