#!/usr/bin/env python3
"""How fast a sharded model is read from a Hub: modelsig, libcurl alone, and other readers.

    remote.py MODEL_DIR [--runs N] [--rtt 0,40] [--http1] [--direct] [--binary PATH]
              [--peers PYTHON] [--old PYTHON]

MODEL_DIR is a folder with config.json and model-XXXXX-of-XXXXX.safetensors. The stand-in Hub serves
a copy; each round trip time has a relay of its own (relay.c) before Hub and CDN, none for 0.
--peers is a Python with huggingface_hub and hf-mem, --old one with the Python modelsig. All run in
turn, round after round. Prints a table in Markdown: medians (and the least) of the wall clock,
requests, connections and bytes of the last round by the Hub's log, and peak memory.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
REPOSITORY = "deepseek-ai/DeepSeek-V3"
FIRST_READ = 100000

HF = """
from huggingface_hub import HfApi
assert len(HfApi().get_safetensors_metadata("%s").files_metadata) == %d
"""
HF_ONE = """
from huggingface_hub import HfApi
assert len(HfApi().get_sharded_safetensors_metadata("%s").files_metadata) == %d
"""
HF_MEM = """
import os, sys, httpx2
build = httpx2.AsyncClient.build_request
def here(self, method, url, **more):
    url = str(url).replace("https://huggingface.co", os.environ["HF_ENDPOINT"])
    return build(self, method, url, **more)
httpx2.AsyncClient.build_request = here
from hf_mem.cli import main
sys.argv = ["hf-mem", "--model-id", "%s"]
main()
"""
OLD = """
import os, sys, modelsig.hf.client as client
client.HF_BASE = os.environ["HF_ENDPOINT"]
from modelsig.analyze import main
sys.argv = ["modelsig", "-m", "%s"]
main()
"""


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rtt", default="0,40")
    parser.add_argument("--http1", action="store_true", help="Hub and CDN without HTTP/2")
    parser.add_argument("--direct", action="store_true",
                        help="a mirror: the Hub sends files itself, and has no one-request API")
    parser.add_argument("--binary", default=os.path.join(ROOT, "build/release/modelsig"))
    parser.add_argument("--peers")
    parser.add_argument("--old")
    return parser.parse_args()


def compile_tool(run, name, *libraries):
    out = os.path.join(run, name)
    subprocess.run(["cc", "-O2", "-std=c11", "-D_XOPEN_SOURCE=700", "-o", out,
                    os.path.join(HERE, name + ".c"), *libraries], check=True)
    return out


class Hub:
    """The stand-in, and what it serves."""

    def __init__(self, run, model, http1, repository=REPOSITORY):
        self.log = os.path.join(run, "log")
        self.repository = os.path.join(run, "models", repository)
        subprocess.run(["cp", "-r", "--sparse=always", model, self.make_parent()], check=True)
        self.shards = sum(name.endswith(".safetensors") for name in os.listdir(self.repository))
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(ROOT, "tests/hub/serve"), os.path.join(run, "models"),
             "--log", self.log, "--with-parent"] + ["--http1"] * http1,
            stdout=subprocess.PIPE, text=True)
        self.places = {}
        for line in self.process.stdout:
            words = line.split()
            if line.startswith("export SSL_CERT_FILE="):
                self.ca = line.strip().split("=", 1)[1]
            elif words[0] == "#" and words[1] == "pid":
                break
            elif words[0] == "#":
                self.places[words[1]] = words[2]

    def make_parent(self):
        os.makedirs(os.path.dirname(self.repository))
        return self.repository

    def behave(self, cdn, one_request, direct):
        facts = {"cdn": cdn, "api_headers": one_request}
        if direct:
            facts["shape"] = "direct"
        with open(os.path.join(self.repository, ".hub.json"), "w") as file:
            json.dump(facts, file)

    def mark(self):
        return os.path.getsize(self.log)

    def since(self, mark):
        """Requests, connections and bytes since a mark."""
        time.sleep(0.05)
        with open(self.log) as file:
            file.seek(mark)
            seen = [json.loads(line) for line in file]
        return (len(seen), len({(entry["port"], entry["connection"]) for entry in seen}),
                sum(entry["sent"] for entry in seen))


class Path:
    """The way to the Hub: its addresses at some round trip time."""

    def __init__(self, relay, hub, rtt):
        self.rtt = rtt
        self.hub, self.cdn = hub.places["hub"], hub.places["cdn"]
        self.process = None
        if rtt == 0:
            return
        words = [relay, str(rtt)]
        for place in (self.hub, self.cdn):
            address = place.split("//")[1]
            words += [address.split(":")[0] + ":0", address]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self.hub = "https://" + self.process.stdout.readline().strip()
        self.cdn = "https://" + self.process.stdout.readline().strip()

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


def contenders(args, hub, bare):
    """name, command, whether the one-request API is on, what becomes of the cache, runs in all."""
    count = hub.shards
    shape = ["direct"] if args.direct else []
    if args.http1:
        listed = [("libcurl alone, 16 connections a host", [bare, "16", "http1"] + shape, False,
                   None, args.runs)]
    else:
        listed = [("libcurl alone, one connection a host", [bare, "1", "http2"] + shape, False,
                   None, args.runs),
                  ("libcurl alone, two", [bare, "2", "http2"] + shape, False, None, args.runs)]
    ours = [args.binary, "-m", REPOSITORY, "--no-layer-sig", "--output", "json"]
    listed += [("modelsig, a request each shard", ours, False, "fresh", args.runs),
               ("modelsig, second run", ours, True, "kept", args.runs),
               ("modelsig --offline", ours + ["--offline"], True, "kept", args.runs)]
    if not args.direct:
        listed.insert(-2, ("modelsig, one-request API", ours, True, "fresh", args.runs))
    if args.peers:
        listed += [
            ("huggingface_hub get_safetensors_metadata",
             [args.peers, "-c", HF % (REPOSITORY, count)], False, None, min(args.runs, 3)),
            ("hf-mem", [args.peers, "-c", HF_MEM % REPOSITORY], False, None, min(args.runs, 3))]
    if args.peers and not args.direct:
        listed.insert(-1, ("huggingface_hub, one-request API",
                           [args.peers, "-c", HF_ONE % (REPOSITORY, count)], True, None,
                           min(args.runs, 3)))
    if args.old:
        listed.append(("Python modelsig", [args.old, "-c", OLD % REPOSITORY], False, None, 1))
    return listed


def run_one(command, environment):
    """Wall seconds and peak memory in MB; None if it failed."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    text = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    if status != 0:
        sys.stderr.write("%s: status %d\n%s\n" % (command[0], status, text.decode()[-2000:]))
        return None
    return wall, usage.ru_maxrss / 1024


def environment_of(run, hub, path, cache):
    kept = os.path.join(run, "cache-%d" % path.rtt)
    if cache == "fresh":
        shutil.rmtree(kept, ignore_errors=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    return dict(clean, HF_ENDPOINT=path.hub, SSL_CERT_FILE=hub.ca, REQUESTS_CA_BUNDLE=hub.ca,
                HF_HOME=os.path.join(run, "hf"), HF_HUB_DISABLE_PROGRESS_BARS="1",
                HF_HUB_DISABLE_TELEMETRY="1", XDG_CACHE_HOME=kept)


def measure(args, run, hub, path, listed, results):
    for number in range(args.runs):
        for name, command, one_request, cache, runs in listed:
            if number >= runs:
                continue
            hub.behave(path.cdn, one_request and not args.direct, args.direct)
            if command[0].endswith("remote_bare"):
                command = [command[0], path.hub, hub.ca, REPOSITORY, str(hub.shards),
                           str(FIRST_READ)] + command[1:]
            environment = environment_of(run, hub, path, cache)
            shutil.rmtree(os.path.join(run, "hf"), ignore_errors=True)
            mark = hub.mark()
            done = run_one(command, environment)
            if done:
                entry = results.setdefault((name, path.rtt), {"wall": [], "memory": 0})
                entry["wall"].append(done[0])
                entry["memory"] = max(entry["memory"], done[1])
                entry["traffic"] = hub.since(mark)


def show(listed, results, rtts):
    head = ["%d shards" % show.shards]
    head += ["wall s at %d ms (least)" % rtt for rtt in rtts]
    head += ["round trips", "requests", "connections", "MB", "peak MB"]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for name, *_ in listed:
        entries = [results.get((name, rtt)) for rtt in rtts]
        if None in entries:
            print("| %s | failed |" % name)
            continue
        walls = [statistics.median(entry["wall"]) for entry in entries]
        least = [min(entry["wall"]) for entry in entries]
        row = [name] + ["%.3f (%.3f)" % pair for pair in zip(walls, least)]
        trips = (least[-1] - least[0]) * 1000 / rtts[-1] if rtts[-1] else 0
        requests, connections, size = entries[-1]["traffic"]
        row += ["%.1f" % trips, str(requests), str(connections), "%.2f" % (size / 1e6),
                "%.0f" % max(entry["memory"] for entry in entries)]
        print("| " + " | ".join(row) + " |")


def main():
    args = options()
    rtts = [int(word) for word in args.rtt.split(",")]
    run = tempfile.mkdtemp(prefix="modelsig-bench-")
    try:
        relay = compile_tool(run, "relay")
        bare = compile_tool(run, "remote_bare", "-lcurl")
        hub = Hub(run, args.model, args.http1)
        show.shards = hub.shards
        listed = contenders(args, hub, bare)
        results = {}
        for rtt in rtts:
            path = Path(relay, hub, rtt)
            try:
                measure(args, run, hub, path, listed, results)
            finally:
                path.close()
        show(listed, results, rtts)
        print("\nload average %.1f, %.1f, %.1f on %d cores" % (*os.getloadavg(), os.cpu_count()))
    finally:
        hub.process.terminate()
        hub.process.wait()
        shutil.rmtree(run, ignore_errors=True)


if __name__ == "__main__":
    main()
