"""HTTP/1.1 by hand, for faults.py: requests read from a socket, answers written the wrong way."""
import socket
import struct
import time

import answers


class Closed(Exception):
    """The connection is over."""


def read_request(file):
    line = file.readline(70000).decode("latin-1")
    if not line.strip():
        raise Closed
    method, uri, version = line.split(" ", 2)
    headers = {}
    while True:
        line = file.readline(70000).decode("latin-1")
        if not line.strip():
            break
        name, value = line.split(":", 1)
        headers[name.lower()] = value.strip()
    if version.strip() == "HTTP/1.0":
        headers["connection"] = "close"
    body = file.read(int(headers["content-length"])) if "content-length" in headers else b""
    return answers.Request(method, uri, headers, body)


def head(answer, version="1.1"):
    lines = ["HTTP/%s %d Whatever" % (version, answer.status)]
    lines += ["%s: %s" % pair for pair in answer.headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def send_body(sock, answer):
    if isinstance(answer.body, bytes):
        sock.sendall(answer.body)
        return
    while True:
        part = answer.body.read(65536)
        if not part:
            return
        sock.sendall(part)


def whole(sock, answer, fault):
    sock.sendall(head(answer))
    send_body(sock, answer)


def abort(sock):
    """Ends the connection by a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Closed


def wait_for_client(sock):
    """Sends nothing more; ends when the client does."""
    sock.settimeout(60)
    try:
        while sock.recv(4096):
            pass
    except OSError:
        pass
    raise Closed


def cut(sock, answer, fault):
    """A length is declared, less comes, then the connection ends."""
    sock.sendall(head(answer) + answer.load()[:fault.number("bytes", 20)])
    raise Closed


def cut_unknown(sock, answer, fault):
    """No length is declared: the end of the connection is the end of the body, and too early."""
    answer.set("Content-Length", None)
    sock.sendall(head(answer) + answer.load()[:fault.number("bytes", 20)])
    raise Closed


def to_close(sock, answer, fault):
    """The whole body, up to the end of the connection, as HTTP/1.0 does it."""
    answer.set("Content-Length", None)
    sock.sendall(head(answer, fault.options.get("version", "1.0")) + answer.load())
    raise Closed


def chunk(part):
    return b"%x\r\n%s\r\n" % (len(part), part)


def chunked(sock, answer, fault):
    answer.set("Content-Length", None)
    answer.set("Transfer-Encoding", "chunked")
    body = answer.load()
    sock.sendall(head(answer) + (chunk(body) if body else b"") + b"0\r\n\r\n")


def cut_chunked(sock, answer, fault):
    answer.set("Content-Length", None)
    answer.set("Transfer-Encoding", "chunked")
    sock.sendall(head(answer) + chunk(answer.load()[:fault.number("bytes", 20)]))
    raise Closed


def bad_chunk(sock, answer, fault):
    answer.set("Content-Length", None)
    answer.set("Transfer-Encoding", "chunked")
    sock.sendall(head(answer) + b"zz\r\n" + answer.load()[:20])
    raise Closed


def trickle(sock, answer, fault):
    """A few bytes at a time, from the first of the head on."""
    text = head(answer) + answer.load()
    step, pause = fault.number("bytes", 1), fault.number("ms", 1) / 1000
    for i in range(0, len(text), step):
        sock.sendall(text[i:i + step])
        time.sleep(pause)


def stall(sock, answer, fault):
    """Begins well, then never goes on: a half-open connection."""
    sock.sendall(head(answer) + answer.load()[:fault.number("bytes", 20)])
    wait_for_client(sock)


def hang(sock, answer, fault):
    wait_for_client(sock)


def reset(sock, answer, fault):
    abort(sock)


def reset_body(sock, answer, fault):
    sock.sendall(head(answer) + answer.load()[:fault.number("bytes", 20)])
    time.sleep(0.05)
    abort(sock)


def fin(sock, answer, fault):
    raise Closed


def garbage(sock, answer, fault):
    sock.sendall(b"\x15\x03\x01 no http here\r\n\r\n")
    raise Closed


def no_colon(sock, answer, fault):
    text = head(answer).replace(b"\r\n", b"\r\nno colon in this line\r\n", 1)
    sock.sendall(text)
    send_body(sock, answer)


def nul_header(sock, answer, fault):
    sock.sendall(head(answer).replace(b"\r\n", b"\r\nX-Nul: a\0b\r\n", 1))
    send_body(sock, answer)


def folded(sock, answer, fault):
    sock.sendall(head(answer).replace(b"\r\n", b"\r\nX-Folded: one\r\n two\r\n", 1))
    send_body(sock, answer)


def two_lengths(sock, answer, fault):
    text = head(answer).replace(b"\r\n", b"\r\nContent-Length: 7\r\n", 1)
    sock.sendall(text)
    send_body(sock, answer)


def interim(sock, answer, fault):
    sock.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * fault.number("count", 3))
    whole(sock, answer, fault)


def endless(sock, answer, fault):
    """A body without end."""
    answer.set("Content-Length", None)
    sock.sendall(head(answer))
    part = fault.options.get("text", "x" * 65536).encode()
    while True:
        sock.sendall(part)


def endless_headers(sock, answer, fault):
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        sock.sendall(b"X-More: " + b"m" * 1000 + b"\r\n")


WIRES = {wire.__name__: wire for wire in (
    cut, cut_unknown, to_close, chunked, cut_chunked, bad_chunk, trickle, stall, hang, reset,
    reset_body, fin, garbage, no_colon, nul_header, folded, two_lengths, interim, endless,
    endless_headers)}


def serve(sock, handle):
    """`handle(request)` gives an answer, and the fault if one is due (else None)."""
    file = sock.makefile("rb")
    while True:
        request = read_request(file)
        answer, fault = handle(request, "HTTP/1.1")
        if request.method == "HEAD":
            answer.body = b""
        WIRES.get(fault.name if fault else "", whole)(sock, answer, fault)
        if request.headers.get("connection") == "close" or not answer.get("Content-Length") and \
                not answer.get("Transfer-Encoding") and answer.status not in (204, 304):
            return
