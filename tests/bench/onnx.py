#!/usr/bin/env python3
"""How ONNX files with their weights inside are read from a Hub, beside a full download.

    onnx.py [--rtt 40] [--runs N] [--binary PATH] [--full N] FILE...

The stand-in Hub serves a copy of each file behind a relay (relay.c). Prints a table in Markdown:
rounds of ranges that wait for one another, pieces, bytes and their share of the file, the seconds
of a whole process (median, without a cache), and those of curl that downloads the file the same
way; the latter for the first N files of each size only (--full, all without it), as they differ in
nothing.
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

import remote

NAME = "org/model"


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--rtt", type=int, default=40)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--full", type=int)
    parser.add_argument("--binary", default=os.path.join(remote.ROOT, "build/release/modelsig"))
    return parser.parse_args()


def rounds_of(args, file):
    script = os.path.join(remote.HERE, "onnx_rounds.lua")
    done = subprocess.run([args.binary, "--lua-dir", remote.ROOT, "run", script, file],
                          stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.split()


def read(args, run, hub, path):
    """Seconds of each run."""
    command = [args.binary, "-m", NAME, "--no-layer-sig", "--output", "json"]
    walls = []
    for _ in range(args.runs):
        done = remote.run_one(command, remote.environment_of(run, hub, path, "fresh"))
        walls.append(done[0] if done else float("nan"))
    return walls


def download(hub, path):
    """Seconds."""
    begin = time.perf_counter()
    subprocess.run(["curl", "-sSfL", "--cacert", hub.ca, "-o", os.devnull,
                    "%s/%s/resolve/main/model.onnx" % (path.hub, NAME)], check=True)
    return time.perf_counter() - begin


def measure(args, run, relay, file, is_full):
    folder = os.path.join(run, "model")
    shutil.rmtree(os.path.join(run, "models"), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    subprocess.run(["cp", "--sparse=always", file, os.path.join(folder, "model.onnx")], check=True)
    with open(os.path.join(folder, "config.json"), "w") as config:
        json.dump({"model_type": "bench"}, config)
    hub = remote.Hub(run, folder, False, NAME)
    path = remote.Path(relay, hub, args.rtt)
    try:
        hub.behave(path.cdn, False, False)
        walls = read(args, run, hub, path)
        mark = hub.mark()
        remote.run_one([args.binary, "-m", NAME], remote.environment_of(run, hub, path, "fresh"))
        requests, _, sent = hub.since(mark)
        return walls, requests, sent, download(hub, path) if is_full else None
    finally:
        path.close()
        hub.process.terminate()
        hub.process.wait()


def main():
    args = options()
    run = tempfile.mkdtemp(prefix="modelsig-bench-")
    done = {}
    try:
        relay = remote.compile_tool(run, "relay")
        print("| file | MB | rounds | requests | kB | share | s | s of a full download |\n|"
              + "---|" * 8)
        for file in args.files:
            size = os.path.getsize(file)
            group = round(size / 1e8)
            done[group] = done.get(group, 0) + 1
            rounds = rounds_of(args, file)[0]
            walls, requests, sent, full = measure(args, run, relay, file,
                                                  args.full is None or done[group] <= args.full)
            print("| %s | %.0f | %s | %d | %.0f | %.2f %% | %.2f | %s |" % (
                os.path.basename(file), size / 1e6, rounds, requests, sent / 1e3,
                100 * sent / size, statistics.median(walls), "%.2f" % full if full else ""),
                flush=True)
        print("\nload average %.1f, %.1f, %.1f on %d cores" % (*os.getloadavg(), os.cpu_count()))
    finally:
        shutil.rmtree(run, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
