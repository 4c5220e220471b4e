"""What a child process gives up before it touches what somebody sent. Linux; each measure stands alone."""

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_NICE = 10  # people who are marking come first

MEMORY = 3 * 1024**3  # bytes of address space: threads of a decoder reserve far more than they use
LARGEST_FILE = 2 * 1024**3
OPEN_FILES = 64


def confine(parent: int, cpu_s: int) -> bool:
    """Die with the parent, use no more than is granted, lose the network; returns whether it is lost.

    Raises SystemExit when the parent has died already.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before we could ask to die with it
        sys.exit(1)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.nice(_NICE)
    for what, limit in (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))
    # With a user namespace it needs no privilege; some hosts allow only the one or only the other.
    return any(libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))
