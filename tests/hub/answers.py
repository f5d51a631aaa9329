"""Answers of the stand-in Hub, fetched over its plain port and bent: the part of faults.py that is
the same for HTTP/1.1 and HTTP/2. A fault is a path part like `cut;bytes=100;times=1`."""
import gzip
import http.client
import itertools
import re
import threading
import time
import urllib.parse

HOP = {"host", "connection", "keep-alive", "transfer-encoding", "te", "upgrade",
       "proxy-connection", "proxy-authorization"}


class Fault:
    """`name;key=value;...`: what to do (`name`, `options`), and to which requests: `match` (a
    regular expression for the path), `ranged` (0 or 1), `skip` and `times`."""

    counts = {}
    lock = threading.Lock()

    def __init__(self, text):
        self.text = text
        self.name, *rest = text.split(";")
        self.options = dict((urllib.parse.unquote(part).split("=", 1) + ["1"])[:2]
                            for part in rest)

    def number(self, key, default):
        return int(self.options.get(key, default))

    def is_due(self, path, headers):
        if not re.search(self.options.get("match", "."), path):
            return False
        if "ranged" in self.options and ("range" in headers) != (self.options["ranged"] == "1"):
            return False
        if "skip" not in self.options and "times" not in self.options:
            return True
        key = self.text + (path if "each" in self.options else "")
        with self.lock:
            seen = self.counts[key] = self.counts.get(key, 0) + 1
        skip = self.number("skip", 0)
        return skip < seen <= skip + self.number("times", 1 << 60)


class Answer:
    """Status, headers as a list of pairs, and a body: bytes, or a reader with `read(n)`."""

    def __init__(self, status, headers, body=b""):
        self.status, self.headers, self.body = status, headers, body

    def get(self, name):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None

    def set(self, name, value):
        self.headers = [(k, v) for k, v in self.headers if k.lower() != name.lower()]
        if value is not None:
            self.headers.append((name, value))

    def load(self, limit=64 << 20):
        if not isinstance(self.body, bytes):
            self.body = self.body.read(limit)
        return self.body

    def replace(self, body):
        self.body = body
        self.set("Content-Length", str(len(body)))


class Request:
    """What the client sent: `path` is what lies behind `/fault/server`."""

    def __init__(self, method, uri, headers, body=b""):
        self.method, self.uri, self.headers, self.body = method, uri, headers, body
        match = re.match(r"/([^/]+)/(hub|cdn)(/.*)", uri)
        self.fault, self.server, self.path = None, None, uri
        if match:
            self.fault = Fault(match.group(1))
            self.server, self.path = match.group(2), match.group(3)


def upstream(request, places, prefix, drop=()):
    """Asks the real stand-in. Addresses in its headers lead back through the fault."""
    host = places[request.server].split("//")[1]
    connection = http.client.HTTPConnection(host, timeout=30)
    headers = {k: v for k, v in request.headers.items() if k not in HOP and k not in drop}
    connection.request(request.method, request.path, request.body or None, headers)
    got = connection.getresponse()
    answer = Answer(got.status, [], got)
    for name, value in got.getheaders():
        if name.lower() == "location" and value.startswith("/"):
            value = prefix + value
        value = value.replace(places[request.server], prefix) if name.lower() == "link" else value
        if name.lower() not in HOP:
            answer.headers.append((name, value))
    return answer


# ---- Faults of the answer: functions of the answer, the fault and the request. ----

def content_range(answer):
    match = re.match(r"bytes (\d+)-(\d+)/(\d+)", answer.get("Content-Range") or "")
    return [int(part) for part in match.groups()] if match else None


def ranged(form):
    def bend(answer, fault, request):
        found = content_range(answer)
        if found:
            first, last, total = found
            answer.set("Content-Range", form.format(
                first=first, last=last, total=total, more=total + 1, less=total - 1,
                first5=first + 5, last5=last + 5, last1=last + 1) if form else None)
    return bend


def ok(answer, fault, request):
    """Nothing is wrong."""


def more_bytes(answer, fault, request):
    answer.replace(answer.load() + b"x" * fault.number("bytes", 10))


def fewer_bytes(answer, fault, request):
    answer.replace(answer.load()[:-fault.number("bytes", 10)])


def clipped(answer, fault, request):
    """Fewer bytes than asked for, and says so."""
    found, body = content_range(answer), answer.load()
    if found and len(body) > 1:
        body = body[:len(body) // 2]
        answer.set("Content-Range",
                   "bytes %d-%d/%d" % (found[0], found[0] + len(body) - 1, found[2]))
        answer.replace(body)


def status(answer, fault, request):
    answer.status = fault.number("code", 503)
    answer.set("Content-Range", None)
    answer.set("ETag", None)
    answer.set("Content-Type", "text/plain")
    answer.set("Content-Encoding", None)
    if "r" in fault.options:
        answer.set("RateLimit", '"%s";r=%s;t=%s' % (
            fault.options.get("bucket", "resolvers"), fault.options["r"],
            fault.options.get("t", "1")))
    for option, name in (("after", "Retry-After"), ("code_text", "X-Error-Code"),
                         ("message", "X-Error-Message"), ("range", "Content-Range"),
                         ("location", "Location"), ("type", "Content-Type")):
        if option in fault.options:
            answer.set(name, fault.options[option])
    answer.replace(fault.options.get("body", "no").encode() * fault.number("repeat", 1))


windows = {}


def quota(answer, fault, request):
    """A server that takes `per` requests in a `window` of so many seconds, and refuses more."""
    window = fault.number("window", 1)
    with Fault.lock:
        start, seen = windows.get(fault.text, (0, 0))
        now = time.monotonic()
        if now >= start + window:
            start, seen = now, 0
        windows[fault.text] = start, seen + 1
    left = fault.number("per", 100) - seen - 1
    if left < 0:
        answer.status = 429
        answer.set("Content-Type", "text/plain")
        answer.set("Content-Encoding", None)
        answer.replace(b"slow down")
    answer.set("RateLimit", '"api";r=%d;t=%d' % (max(left, 0), max(1, start + window - now)))


def etag(answer, fault, request):
    answer.set("ETag", fault.options.get("value"))


flips = itertools.count()


def etag_flip(answer, fault, request):
    answer.set("ETag", '"%064x"' % next(flips))


def add_header(answer, fault, request):
    answer.set(fault.options["name"], fault.options["value"])


def long_header(answer, fault, request):
    answer.set("X-Long", "y" * fault.number("bytes", 100000))


def many_headers(answer, fault, request):
    answer.headers += [("X-Many-%d" % i, "z" * 100) for i in range(fault.number("count", 3000))]


def control_header(answer, fault, request):
    status(answer, fault, request)
    answer.set("X-Error-Message", "red \x1b[31malarm\x07 \x1b]0;title\x07 end\x08\x7f \x9b1m")


def gzip_partial(answer, fault, request):
    answer.set("Content-Encoding", "gzip")
    answer.replace(gzip.compress(answer.load()))


def gzip_bomb(answer, fault, request):
    answer.set("Content-Encoding", "gzip")
    answer.replace(gzip.compress(b" " * (fault.number("megabytes", 300) << 20), 1))


def gzip_broken(answer, fault, request):
    answer.set("Content-Encoding", "gzip")
    answer.replace(gzip.compress(answer.load())[:-20] + b"\0" * 20)


def multipart(answer, fault, request):
    body, found = answer.load(), answer.get("Content-Range")
    answer.set("Content-Range", None)
    answer.set("Content-Type", "multipart/byteranges; boundary=00001")
    answer.replace(b"--00001\r\nContent-Range: " + (found or "").encode() + b"\r\n\r\n" + body +
                   b"\r\n--00001--\r\n")


def html(answer, fault, request):
    """A page of a captive portal, with 200 or with the status that came."""
    if "code" in fault.options:
        answer.status = fault.number("code", 200)
    answer.set("Content-Type", "text/html; charset=utf-8")
    answer.replace(b"<!DOCTYPE html>\n<html><title>Please log in</title></html>\n")


def body(answer, fault, request):
    answer.replace(fault.options.get("text", "").encode() * fault.number("repeat", 1))


def zeros(answer, fault, request):
    answer.replace(bytes(len(answer.load())))


def redirect(answer, fault, request):
    status(answer, fault, request)
    answer.status = fault.number("code", 302)
    answer.set("Location", fault.options.get("to"))


def redirect_loop(answer, fault, request):
    count = re.search(r"[?&]turn=(\d+)", request.uri)
    turn = int(count.group(1)) + 1 if count else 1
    redirect(answer, fault, request)
    path = request.uri.split("?")[0]
    answer.set("Location", path if "same" in fault.options else "%s?turn=%d" % (path, turn))


ANSWERS = {
    "no_content_range": ranged(None), "star_total": ranged("bytes {first}-{last}/*"),
    "more_total": ranged("bytes {first}-{last}/{more}"),
    "less_total": ranged("bytes {first}-{last}/{less}"),
    "other_unit": ranged("items {first}-{last}/{total}"),
    "shifted": ranged("bytes {first5}-{last5}/{total}"),
    "longer_range": ranged("bytes {first}-{last1}/{total}"),
    "reversed": ranged("bytes {last}-{first}/{total}"),
    "no_number": ranged("bytes x-y/z"), "star_range": ranged("bytes */{total}"),
    "overflow": ranged("bytes {first}-{last}/99999999999999999999"),
    "spaces": ranged("bytes  {first} - {last} / {total}"),
    "ok": ok, "more_bytes": more_bytes, "fewer_bytes": fewer_bytes, "clipped": clipped,
    "status": status, "quota": quota, "etag": etag, "etag_flip": etag_flip, "header": add_header,
    "long_header": long_header, "many_headers": many_headers, "control_header": control_header,
    "gzip_partial": gzip_partial,
    "gzip_bomb": gzip_bomb, "gzip_broken": gzip_broken, "multipart": multipart, "html": html,
    "body": body, "zeros": zeros, "redirect": redirect, "redirect_loop": redirect_loop,
}
WITHOUT_RANGE = {"ignore_range"}  # asked for upstream without its Range
