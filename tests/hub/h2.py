"""HTTP/2 as far as faults.py needs it: frames, a decoder of request headers, and answers written
with literal headers. Facts from RFC 9113 and RFC 7541."""
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = (
    0, 1, 3, 4, 5, 6, 7, 8, 9)
END_STREAM, END_HEADERS, PADDED, PRIORITY, ACK = 0x1, 0x4, 0x8, 0x20, 0x1
MAX_CONCURRENT, INITIAL_WINDOW = 3, 4
FRAME = 16384

# Appendix A: names of the static table with the values that it gives.
STATIC = [
    (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"),
    (":path", "/index.html"), (":scheme", "http"), (":scheme", "https"), (":status", "200"),
    (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"),
    (":status", "404"), (":status", "500"), ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate")] + [(name, "") for name in (
        "accept-language accept-ranges accept access-control-allow-origin age allow authorization "
        "cache-control content-disposition content-encoding content-language content-length "
        "content-location content-range content-type cookie date etag expect expires from host "
        "if-match if-modified-since if-none-match if-range if-unmodified-since last-modified link "
        "location max-forwards proxy-authenticate proxy-authorization range referer refresh "
        "retry-after server set-cookie strict-transport-security transfer-encoding user-agent vary "
        "via www-authenticate").split()]

# Appendix B: lengths of the codes of printable ASCII. The code is canonical, so they are enough;
# other bytes have longer codes and do not occur in what we read.
LENGTHS = {
    5: "012aceiost", 6: " %-./3456789=A_bdfghlmnpru", 7: ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz",
    8: "&*,;XZ", 10: "!\"()?", 11: "'+|", 12: "#>", 13: "$@[]~", 14: "^}", 15: "<`{"}
# Between them stand codes of other bytes: 13 has NUL before the printable ones.
BEFORE = {13: 1}


def huffman_codes():
    codes, code, last = {}, 0, 5
    for length in range(5, 16):
        code <<= length - last
        last = length
        code += BEFORE.get(length, 0)
        for char in sorted(LENGTHS.get(length, "")):
            codes[(length, code)] = char
            code += 1
    return codes


CODES = huffman_codes()


def huffman_decode(octets):
    out, code, length = [], 0, 0
    for octet in octets:
        for bit in range(7, -1, -1):
            code, length = code << 1 | octet >> bit & 1, length + 1
            if (length, code) in CODES:
                out.append(CODES[length, code])
                code = length = 0
    return "".join(out)


class Decoder:
    """Request headers of one connection."""

    def __init__(self):
        self.dynamic = []

    def integer(self, block, at, bits):
        value = block[at] & (1 << bits) - 1
        at += 1
        if value == (1 << bits) - 1:
            shift = 0
            while True:
                value += (block[at] & 0x7f) << shift
                shift, at = shift + 7, at + 1
                if not block[at - 1] & 0x80:
                    break
        return value, at

    def text(self, block, at):
        coded = block[at] & 0x80
        size, at = self.integer(block, at, 7)
        raw = block[at:at + size]
        return huffman_decode(raw) if coded else raw.decode("latin-1"), at + size

    def entry(self, index):
        return STATIC[index - 1] if index <= 61 else self.dynamic[index - 62]

    def decode(self, block):
        fields, at = {}, 0
        while at < len(block):
            first = block[at]
            if first & 0x80:
                index, at = self.integer(block, at, 7)
                name, value = self.entry(index)
            elif first & 0xe0 == 0x20:
                _, at = self.integer(block, at, 5)
                continue
            else:
                index, at = self.integer(block, at, 6 if first & 0x40 else 4)
                name, at = (self.entry(index)[0], at) if index else self.text(block, at)
                value, at = self.text(block, at)
                if first & 0x40:
                    self.dynamic.insert(0, (name, value))
            fields[name] = value
        return fields


def encode(fields):
    """Each field as a literal that is not indexed, without Huffman codes."""
    out = bytearray()
    for name, value in fields:
        out.append(0)
        for text in (name.lower().encode("latin-1"), value.encode("latin-1")):
            if len(text) < 127:
                out.append(len(text))
            else:
                rest = len(text) - 127
                out.append(127)
                while rest >= 128:
                    out.append(rest & 0x7f | 0x80)
                    rest >>= 7
                out.append(rest)
            out += text
    return bytes(out)


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def settings(*pairs):
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", *pair) for pair in pairs))


def goaway(last, code):
    return frame(GOAWAY, 0, 0, struct.pack(">II", last, code))


def reset(stream, code):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def header_frames(stream, fields, ends):
    block = encode(fields)
    parts = [block[i:i + FRAME] for i in range(0, len(block), FRAME)]
    out = b""
    for i, part in enumerate(parts):
        flags = (END_HEADERS if i == len(parts) - 1 else 0) | (END_STREAM if ends and i == 0 else 0)
        out += frame(CONTINUATION if i else HEADERS, flags, stream, part)
    return out


def data_frames(stream, body, ends):
    out = b""
    for i in range(0, len(body), FRAME):
        last = ends and i + FRAME >= len(body)
        out += frame(DATA, END_STREAM if last else 0, stream, body[i:i + FRAME])
    return out or (frame(DATA, END_STREAM, stream) if ends else b"")


def read_frame(read):
    head = read(9)
    size = int.from_bytes(head[:3], "big")
    return head[3], head[4], int.from_bytes(head[5:9], "big") & 0x7fffffff, read(size)


def block_of(flags, payload):
    if flags & PADDED:
        payload = payload[1:len(payload) - payload[0]]
    return payload[5:] if flags & PRIORITY else payload
