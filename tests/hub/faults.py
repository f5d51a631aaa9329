#!/usr/bin/env python3
"""The server of faults: stands before the stand-in Hub, fetches its answers and bends them.

    {faults}/cut;bytes=100;times=1/cdn/...     {faults_h2}/goaway;after=3/hub/...

The first part of a path is the fault, the second the server behind it, the rest is passed on. As an
endpoint it is a faulty Hub, as `cdn` of a `.hub.json` a faulty CDN. answers.py has the faults of
what is said, wire1.py and wire2.py those of how it is sent. `serve --faults` starts it; it prints
the address of each of its ports.
"""
import argparse
import itertools
import json
import os
import signal
import socket
import ssl
import sys
import threading
import time

import answers
import wire1
import wire2

ADDRESS = "127.0.0.3"


class Server:
    def __init__(self, options):
        self.places = {"hub": options.hub, "cdn": options.cdn}
        self.certificates = options.certificates
        self.log_file = os.open(options.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT) \
            if options.log else None
        self.connections = itertools.count(1)

    def log(self, port, request, connection, protocol):
        if self.log_file is None:
            return
        headers = request.headers
        entry = {
            "server": port.name, "time": time.time(), "method": request.method,
            "scheme": port.scheme, "host": headers.get("host"), "uri": request.uri, "status": 0,
            "protocol": protocol, "range": headers.get("range"), "port": port.number,
            "authorization": headers.get("authorization"), "connection": connection,
            "accept_encoding": headers.get("accept-encoding"), "headers": headers}
        entry = {name: value for name, value in entry.items() if value is not None}
        os.write(self.log_file, json.dumps(entry).encode() + b"\n")

    def handler(self, port, connection):
        def handle(request, protocol):
            if request.uri == "/-/reset":
                answers.Fault.counts.clear()
            else:
                self.log(port, request, connection, protocol)
            if request.fault is None:
                return answers.Answer(404, [("Content-Length", "0")]), None
            fault = request.fault
            if not fault.is_due(request.path, request.headers):
                fault = None
            drop = {"range"} if fault and fault.name in answers.WITHOUT_RANGE else set()
            prefix = "%s://%s/%s/%s" % (port.scheme, request.headers.get("host"),
                                        request.fault.text, request.server)
            answer = answers.upstream(request, self.places, prefix, drop)
            if fault and fault.name in answers.ANSWERS:
                answers.ANSWERS[fault.name](answer, fault, request)
            elif fault and fault.name not in wire1.WIRES and fault.name not in wire2.WIRES and \
                    fault.name not in answers.WITHOUT_RANGE:
                answers.status(answer, answers.Fault("status;code=599;body=no fault of that name"),
                               request)
            return answer, fault
        return handle

    def talk(self, port, sock, connection):
        try:
            if port.context:
                sock = port.context.wrap_socket(sock, server_side=True)
            handle = self.handler(port, connection)
            if port.proxy:
                port.proxy(self, port, sock, connection)
            elif port.context and sock.selected_alpn_protocol() == "h2":
                wire2.Connection(sock, handle).run()
            else:
                wire1.serve(sock, handle)
        except (wire1.Closed, OSError, ValueError, IndexError):
            pass  # the client went away, or what it sent is none of our business
        finally:
            if isinstance(sock, ssl.SSLSocket):
                sock = socket.socket(fileno=sock.detach())  # no closing alert: a plain FIN or RST
            sock.close()

    def accept(self, port):
        while True:
            sock, _ = port.socket.accept()
            if port.name == "faults_silent":
                threading.Thread(target=hold, args=(sock,), daemon=True).start()
                continue
            sock.settimeout(60)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.talk, args=(port, sock, next(self.connections)),
                             daemon=True).start()


def hold(sock):
    """Takes what comes and says nothing, not even in TLS."""
    try:
        wire1.wait_for_client(sock)
    except wire1.Closed:
        sock.close()


class Port:
    def __init__(self, name, server, certificate=None, alpn=(), proxy=None):
        self.name, self.proxy, self.context = name, proxy, None
        self.scheme = "https" if certificate else "http"
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            base = os.path.join(server.certificates, certificate)
            self.context.load_cert_chain(base + ".pem", base + ".key")
            if alpn:
                self.context.set_alpn_protocols(list(alpn))
        self.socket = socket.socket()
        self.socket.bind((ADDRESS, 0))
        self.number = self.socket.getsockname()[1]

    @property
    def url(self):
        return "%s://%s:%d" % (self.scheme, ADDRESS, self.number)


# ---- Proxies ----

def relay(source, sink):
    try:
        while True:
            part = source.recv(65536)
            if not part:
                break
            sink.sendall(part)
    except OSError:
        pass
    for sock in (source, sink):
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def read_head(sock):
    """The head of a request, byte by byte: what follows it belongs to the tunnel."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        octet = sock.recv(1)
        if not octet:
            raise wire1.Closed
        head += octet
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    return answers.Request(method, target, headers), head


def proxy(server, port, sock, connection):
    request, head = read_head(sock)
    server.log(port, request, connection, "HTTP/1.1")
    target = request.uri if request.method == "CONNECT" else request.uri.split("/")[2]
    host, number = target.split(":")
    there = socket.create_connection((host, int(number)), timeout=10)
    if request.method == "CONNECT":
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    else:
        there.sendall(head.replace(b"http://" + target.encode(), b"", 1))
    threading.Thread(target=relay, args=(there, sock), daemon=True).start()
    relay(sock, there)


def refuse(status):
    def answer(server, port, sock, connection):
        request, _ = read_head(sock)
        server.log(port, request, connection, "HTTP/1.1")
        sock.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 9\r\n"
                     b"Proxy-Authenticate: Basic realm=x\r\n\r\nforbidden")
    return answer


def main():
    parser = argparse.ArgumentParser(prog="faults.py", description=__doc__)
    parser.add_argument("--certificates", required=True, help="folder with server.pem and so on")
    parser.add_argument("--hub", required=True, help="plain address of the stand-in's Hub")
    parser.add_argument("--cdn", required=True, help="plain address of its CDN")
    parser.add_argument("--log", help="write each request as a JSON line")
    server = Server(parser.parse_args())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    ports = [
        Port("faults", server, "server", ["http/1.1"]), Port("faults_plain", server),
        Port("faults_h2", server, "server", ["h2", "http/1.1"]),
        Port("faults_badname", server, "badname"), Port("faults_badca", server, "badca"),
        Port("faults_silent", server), Port("proxy", server, proxy=proxy),
        Port("proxy_refuses", server, proxy=refuse(b"403 Forbidden")),
        Port("proxy_asks", server, proxy=refuse(b"407 Proxy Authentication Required"))]
    for port in ports:
        port.socket.listen(512)
        threading.Thread(target=server.accept, args=(port,), daemon=True).start()
        print("%s=%s" % (port.name, port.url))
    nobody = Port("faults_closed", server)  # bound and never listened on: refused
    print("%s=%s\n" % (nobody.name, nobody.url), flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
