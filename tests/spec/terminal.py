#!/usr/bin/env python3
"""Runs a program on a pseudo-terminal and talks to it.

    terminal.py [--columns N] PROGRAM [ARG ...] < STEPS

Each line of STEPS is `wait TEXT` (read until TEXT appears after what was read before), `send TEXT`
(types it; \\r, \\t, \\x03 and the like are escapes), `size COLUMNS` or `end` (types Ctrl-D). The whole
session goes to standard output, then `[exit N]`. A TEXT that does not come within 20 s is told as
`[no 'TEXT']` and ends the session.
"""
import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

LIMIT = 20.0


def set_size(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))


def read_some(fd, seconds):
    """Returns what came, b'' when nothing did, None at the end."""
    if not select.select([fd], [], [], seconds)[0]:
        return b""
    try:
        return os.read(fd, 65536) or None
    except OSError:
        return None


def main():
    args = sys.argv[1:]
    columns = 80
    if args[0] == "--columns":
        columns, args = int(args[1]), args[2:]
    child, fd = pty.fork()
    if child == 0:
        os.execvp(args[0], args)
    set_size(fd, columns)
    seen, mark, said = b"", 0, ""
    for step in sys.stdin.read().splitlines():
        verb, _, text = step.partition(" ")
        data = codecs.decode(text, "unicode_escape").encode("latin-1")
        if verb == "wait":
            deadline = time.monotonic() + LIMIT
            while seen.find(data, mark) < 0 and time.monotonic() < deadline:
                more = read_some(fd, 0.1)
                if more is None:
                    break
                seen += more
            at = seen.find(data, mark)
            if at < 0:
                said = "\n[no %r]" % text
                break
            mark = at + len(data)
        elif verb == "size":
            set_size(fd, int(text))
        else:
            os.write(fd, b"\x04" if verb == "end" else data)
    now = time.monotonic()
    deadline, again = now + (0 if said else LIMIT), now + 1
    while now < deadline:
        more = read_some(fd, 0.1)
        if more is None:
            break
        seen += more
        now = time.monotonic()
        if now > again:  # what is typed while the terminal changes its mode may be dropped
            os.write(fd, b"\x04")
            again = now + 1
    else:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    sys.stdout.buffer.write(seen.replace(b"\r\n", b"\n"))
    print("%s\n[exit %d]" % (said, os.waitstatus_to_exitcode(status)))


main()
