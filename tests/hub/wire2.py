"""HTTP/2 connections that go wrong, for faults.py."""
import h2
import answers
from wire1 import Closed, abort, wait_for_client


class Connection:
    """One connection; `streams` counts the requests so far."""

    def __init__(self, sock, handle):
        self.sock, self.handle, self.decoder = sock, handle, h2.Decoder()
        self.blocks, self.streams, self.ended = {}, 0, False

    def read(self, size):
        parts = b""
        while len(parts) < size:
            part = self.sock.recv(size - len(parts))
            if not part:
                raise Closed
            parts += part
        return parts

    def send(self, octets):
        self.sock.sendall(octets)

    def run(self):
        if self.read(len(h2.PREFACE)) != h2.PREFACE:
            raise Closed
        self.send(h2.settings((h2.MAX_CONCURRENT, 100)))
        while True:
            kind, flags, stream, payload = h2.read_frame(self.read)
            if kind == h2.SETTINGS and not flags & h2.ACK:
                self.send(h2.frame(h2.SETTINGS, h2.ACK, 0))
            elif kind == h2.PING and not flags & h2.ACK:
                self.send(h2.frame(h2.PING, h2.ACK, 0, payload))
            elif kind in (h2.HEADERS, h2.CONTINUATION):
                part = h2.block_of(flags, payload) if kind == h2.HEADERS else payload
                self.blocks[stream] = self.blocks.get(stream, b"") + part
                if flags & h2.END_HEADERS:
                    self.request(stream, self.decoder.decode(self.blocks.pop(stream)))

    def request(self, stream, fields):
        self.streams += 1
        headers = {k: v for k, v in fields.items() if not k.startswith(":")}
        headers["host"] = fields.get(":authority", "")
        request = answers.Request(fields[":method"], fields[":path"], headers)
        answer, fault = self.handle(request, "HTTP/2.0")
        if not self.ended:
            WIRES.get(fault.name if fault else "", whole)(self, stream, answer, fault)


def fields_of(answer):
    return [(":status", str(answer.status))] + [
        (k, v) for k, v in answer.headers if k.lower() not in answers.HOP]


def whole(connection, stream, answer, fault):
    body = answer.load()
    connection.send(h2.header_frames(stream, fields_of(answer), not body) +
                    (h2.data_frames(stream, body, True) if body else b""))


def begin(connection, stream, answer, fault, without_length=False):
    if without_length:
        answer.set("Content-Length", None)
    body = answer.load()[:fault.number("bytes", 20)]
    connection.send(h2.header_frames(stream, fields_of(answer), False) +
                    h2.data_frames(stream, body, False))


def goaway(connection, stream, answer, fault):
    """Answers `after` requests of the connection, the last one together with GOAWAY."""
    if connection.streams < fault.number("after", 1):
        whole(connection, stream, answer, fault)
        return
    connection.send(h2.goaway(stream, fault.number("code", 0)))
    whole(connection, stream, answer, fault)
    connection.ended = True
    if "close" in fault.options:
        raise Closed


def goaway_none(connection, stream, answer, fault):
    """GOAWAY that says no stream was handled."""
    connection.send(h2.goaway(0, fault.number("code", 0)))
    raise Closed


def goaway_body(connection, stream, answer, fault):
    """Cut in the body, by GOAWAY and the end of the connection; no length."""
    begin(connection, stream, answer, fault, True)
    connection.send(h2.goaway(stream, fault.number("code", 0)))
    raise Closed


def rst(connection, stream, answer, fault):
    connection.send(h2.reset(stream, fault.number("code", 2)))


def rst_body(connection, stream, answer, fault):
    begin(connection, stream, answer, fault, "nolength" in fault.options)
    connection.send(h2.reset(stream, fault.number("code", 2)))


def cut(connection, stream, answer, fault):
    """Ends the stream properly after too few bytes."""
    begin(connection, stream, answer, fault, "nolength" in fault.options)
    connection.send(h2.frame(h2.DATA, h2.END_STREAM, stream))


def fin(connection, stream, answer, fault):
    raise Closed


def fin_body(connection, stream, answer, fault):
    begin(connection, stream, answer, fault, "nolength" in fault.options)
    raise Closed


def reset_tcp(connection, stream, answer, fault):
    begin(connection, stream, answer, fault)
    abort(connection.sock)


def hang(connection, stream, answer, fault):
    """This stream gets nothing; the others go on."""


def stall(connection, stream, answer, fault):
    begin(connection, stream, answer, fault)


def push(connection, stream, answer, fault):
    """A pushed stream, which a client of ours has switched off."""
    promise = h2.encode([(":method", "GET"), (":scheme", "https"), (":authority", "x"),
                         (":path", "/")])
    connection.send(h2.frame(h2.PUSH_PROMISE, h2.END_HEADERS, stream,
                             (2).to_bytes(4, "big") + promise))
    whole(connection, stream, answer, fault)


def narrow(connection, stream, answer, fault):
    """SETTINGS in the middle: from now on one stream at a time."""
    connection.send(h2.settings((h2.MAX_CONCURRENT, 1)))
    whole(connection, stream, answer, fault)


def closed_window(connection, stream, answer, fault):
    """SETTINGS that give the client no window: it has nothing to send in it."""
    connection.send(h2.settings((h2.INITIAL_WINDOW, 0)))
    whole(connection, stream, answer, fault)


def broken_frame(connection, stream, answer, fault):
    connection.send(h2.header_frames(stream, fields_of(answer), False) + b"\xff" * 64)
    wait_for_client(connection.sock)


def zero_window(connection, stream, answer, fault):
    """A window update of nothing is an error of the protocol."""
    connection.send(h2.frame(h2.WINDOW_UPDATE, 0, 0, bytes(4)))
    whole(connection, stream, answer, fault)


WIRES = {wire.__name__: wire for wire in (
    goaway, goaway_none, goaway_body, rst, rst_body, cut, fin, fin_body, reset_tcp, hang, stall,
    push, narrow, closed_window, broken_frame, zero_window)}
