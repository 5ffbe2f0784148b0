"""Shared libraries that the embedded MariaDB needs from the system. Standard library only."""

import ctypes

# What ``objdump -p mariadbd | grep NEEDED`` names besides the C library, and its Debian package.
# libsystemd brings liblz4, liblzma, libzstd, libgcrypt and libcap where it is linked to them.
MARIADB_NEEDS = {
    "libcrypt.so.1": "libcrypt1",
    "libsystemd.so.0": "libsystemd0",
    "libstdc++.so.6": "libstdc++6",
    "libgcc_s.so.1": "libgcc-s1",
}


def missing_libraries(needed: dict[str, str]) -> dict[str, str]:
    """Those of ``needed`` (library → package) that the dynamic loader does not find."""
    return {library: package for library, package in needed.items() if not _loads(library)}


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
