#!/usr/bin/env python3
"""Runs a program on a pseudo-terminal and talks to it.

    terminal.py [--columns N] PROGRAM [ARG ...] < STEPS

Each line of STEPS is one of

    wait TEXT     read until TEXT appears after what was waited for before
    prompt        the same for a prompt, and until the program reads characters and not lines
    send TEXT     type it; \\r, \\t, \\x03 and the like are escapes
    size COLUMNS  make the window as wide
    end           type Ctrl-D

The whole session goes to standard output, then `[exit N]`. What does not come within the limit is
told as `[no 'TEXT']` and ends the session.

What is typed while the terminal still edits lines goes through its line discipline: a Ctrl-D is
then an end of file that a program switching to characters reads as a zero byte, and a Ctrl-C throws
away what was typed and not yet read. So type at a `prompt`, or when output of the running chunk has
shown that it runs.
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

LIMIT = 45.0


class Session:
    def __init__(self, args, columns):
        self.seen, self.mark, self.over = b"", 0, False
        self.child, self.fd = pty.fork()
        if self.child == 0:
            set_size(0, columns)
            os.execvp(args[0], args)

    def read_some(self, seconds):
        """Reads what comes within some time; at the end of the program notes that it is over."""
        if self.over or not select.select([self.fd], [], [], seconds)[0]:
            return
        try:
            more = os.read(self.fd, 65536)
        except OSError:
            more = b""
        self.seen += more
        self.over = not more

    def until(self, done):
        deadline = time.monotonic() + LIMIT
        while not done() and not self.over and time.monotonic() < deadline:
            self.read_some(0.02)
        return done()

    def wait(self, data):
        if not self.until(lambda: self.seen.find(data, self.mark) >= 0):
            return False
        self.mark = self.seen.find(data, self.mark) + len(data)
        return True

    def reads_characters(self):
        return not termios.tcgetattr(self.fd)[3] & termios.ICANON

    def type(self, data):
        while data:
            data = data[os.write(self.fd, data):]

    def finish(self, patient):
        if not (patient and self.until(lambda: self.over)):
            os.kill(self.child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


def set_size(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))


def perform(session, step):
    verb, _, text = step.partition(" ")
    data = codecs.decode(text, "unicode_escape").encode("latin-1")
    if verb == "wait":
        return session.wait(data)
    if verb == "prompt":
        return session.wait(b"> ") and session.until(session.reads_characters)
    if verb == "size":
        set_size(session.fd, int(text))
    else:
        session.type(b"\x04" if verb == "end" else data)
    return True


def main():
    args = sys.argv[1:]
    columns = 80
    if args[0] == "--columns":
        columns, args = int(args[1]), args[2:]
    session = Session(args, columns)
    said = ""
    for step in sys.stdin.read().splitlines():
        if not perform(session, step):
            said = "\n[no %r]" % step
            break
    code = session.finish(not said)
    sys.stdout.buffer.write(session.seen.replace(b"\r\n", b"\n"))
    print("%s\n[exit %d]" % (said, code))


main()
