"""The headers of a folder in CPython's json, beside bench_parse in the same run.

usage: python3 tests/bench/parse.py FOLDER [ROUNDS [BENCH_PARSE]]
"""
import glob
import json
import re
import struct
import subprocess
import sys
import time

folder = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
bench = sys.argv[3] if len(sys.argv) > 3 else "build/release/tests/bench/bench_parse"


def header(path):
    with open(path, "rb") as file:
        return file.read(struct.unpack("<Q", file.read(8))[0])


texts = [header(path) for path in sorted(glob.glob(folder + "/*.safetensors"))]
times, tensors = [], 0
for _ in range(rounds):
    start = time.perf_counter()
    tensors = sum(len(json.loads(text)) - (b'"__metadata__"' in text[:64]) for text in texts)
    times.append((time.perf_counter() - start) * 1e3)
out = subprocess.run([bench, folder], capture_output=True, text=True, check=True).stdout
ours = float(re.search(r"modelsig +best +([0-9.]+)", out).group(1))
print(out, end="")
print(f"CPython   best {min(times):7.3f} ms, {tensors} tensors")
print(f"ratio     best {min(times) / ours:.1f}")
