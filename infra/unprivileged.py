"""Becomes a program that refuses to run as root: ``python -I -S unprivileged.py PROGRAM…``.

Root gets another number in a user namespace of its own: for the kernel it is still the owner of its
files, for itself and by its rights it is somebody else. So nothing changes its owner, no folder is
opened to others, no account is made. Where containers forbid that, it fails, and says so. For any
other user this changes nothing. Standard library only: it runs before the program.
"""

import ctypes
import os
import pwd
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
OVERFLOW = 65534  # what all other users look like from inside


def account() -> str:
    """The name of the user that the program finds itself to be."""
    return _other_account().pw_name if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def _other_account() -> pwd.struct_passwd:
    # Any will do: it gets no right that it has not by its number outside.
    return next(each for each in pwd.getpwall() if each.pw_uid not in (0, OVERFLOW))


def leave_root() -> None:
    """Go into a user namespace in which root's number is another account's.

    Raises:
        OSError: the kernel, or whoever set up this container, does not allow it.
    """
    user, group, other = os.geteuid(), os.getegid(), _other_account()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace may be made here")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{other.pw_uid} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{other.pw_gid} {group} 1")


def main() -> None:
    """Exec the program of the command line."""
    if os.geteuid() == 0:
        try:
            leave_root()
        except OSError as error:
            sys.exit(f"root cannot run it here, {error.strerror}")
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606


if __name__ == "__main__":
    main()
