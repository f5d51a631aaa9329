#!/bin/sh
# coverage.sh BUILD: lines of src that the tests ran, a file a line and their sum. The target
# `coverage` of the preset of that name runs the tests first.
set -eu
cd "$1"
find . -path '*msig_*' -name '*.gcda' -exec gcov -n {} + 2>/dev/null | awk '
  /^File / { file = $0; sub(/^File ./, "", file); sub(/.$/, "", file); sub(/.*\/src\//, "", file) }
  /^Lines executed:/ && file ~ /^[a-z]+\/[a-z_]+\.c$/ {
    split($0, part, /[:% ]+/); n = part[5]; ran = n * part[3] / 100
    printf "%6.1f %% of %4d  %s\n", part[3], n, file; all += n; sum += ran; file = ""
  }
  END { printf "%6.1f %% of %4d  all\n", all ? 100 * sum / all : 0, all; exit !all }' | sort -k5
