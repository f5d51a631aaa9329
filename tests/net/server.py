#!/usr/bin/env python3
"""A server that answers with the bytes it is told to, for tests of src/net.

    server.py            prints "PORT PORT2" (127.0.0.1 and 127.0.0.2), then serves until its
                         parent is gone or GET /quit comes.

    /do?STEPS            STEPS is a percent-encoded JSON array of steps:
                           ["send", text]   text as it is (Latin-1)
                           ["fill", n]      n bytes 'x'
                           ["wait", s]      seconds
                           ["close"]        an orderly end
                           ["reset"]        a RST
                         Without an end the connection goes on to the next request.
    /file?SIZE           a file of SIZE bytes (byte i is i mod 251), with ranges
    /log                 all requests so far, as a JSON array of {head, connection, port}
    /forget              empties the log
    anything else        404
"""
import json
import os
import socket
import struct
import sys
import threading
import time
import urllib.parse

seen = []
lock = threading.Lock()


def read_head(conn, rest):
    while b"\r\n\r\n" not in rest:
        more = conn.recv(65536)
        if not more:
            return None, b""
        rest += more
    head, _, rest = rest.partition(b"\r\n\r\n")
    return head.decode("latin-1"), rest


def plain(conn, body, status="200 OK", extra=""):
    conn.sendall(
        f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode("latin-1") + body
    )


def content(first, last):
    return bytes(i % 251 for i in range(first, last + 1))


def serve_file(conn, size, head):
    for line in head.split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "range":
            first, last = (int(part) for part in value.strip()[6:].split("-"))
            last = min(last, size - 1)
            if first >= size:
                plain(conn, b"", "416 Range Not Satisfiable", f"Content-Range: bytes */{size}\r\n")
            else:
                extra = f'Content-Range: bytes {first}-{last}/{size}\r\nETag: "v1"\r\n'
                plain(conn, content(first, last), "206 Partial Content", extra)
            return
    plain(conn, content(0, size - 1))


def run_steps(conn, steps):
    """Returns whether the connection goes on."""
    for step in steps:
        if step[0] == "send":
            conn.sendall(step[1].encode("latin-1"))
        elif step[0] == "fill":
            conn.sendall(b"x" * step[1])
        elif step[0] == "wait":
            time.sleep(step[1])
        elif step[0] == "close":
            return False
        elif step[0] == "reset":
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
    return True


def answer(conn, head):
    target = head.split(" ")[1]
    path, _, query = target.partition("?")
    if path == "/do":
        return run_steps(conn, json.loads(urllib.parse.unquote(query, "latin-1")))
    if path == "/file":
        serve_file(conn, int(query), head)
    elif path == "/log":
        with lock:
            plain(conn, json.dumps(seen).encode())
    elif path == "/forget":
        with lock:
            seen.clear()
        plain(conn, b"")
    elif path == "/quit":
        os._exit(0)
    else:
        plain(conn, b"no such thing", "404 Not Found")
    return True


def handle(conn, number, port):
    rest = b""
    try:
        while True:
            head, rest = read_head(conn, rest)
            if head is None:
                break
            if not head.startswith(("GET /log", "GET /forget")):
                with lock:
                    seen.append({"head": head, "connection": number, "port": port})
            if not answer(conn, head):
                break
    except OSError:
        pass
    conn.close()


def listen(host):
    server = socket.create_server((host, 0), backlog=256)
    port = server.getsockname()[1]

    def accept():
        number = 0
        while True:
            conn, _ = server.accept()
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number += 1
            threading.Thread(target=handle, args=(conn, number, port), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return port


def main():
    parent = os.getppid()
    print(listen("127.0.0.1"), listen("127.0.0.2"), flush=True)
    while os.getppid() == parent:
        time.sleep(0.5)
    sys.exit(0)


if __name__ == "__main__":
    main()
