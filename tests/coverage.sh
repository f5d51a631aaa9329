#!/bin/sh
# coverage.sh BUILD [-v]: what the tests ran: lines and branches of src, lines of lua/modelsig, a
# file a line and their sums; with -v the lines of Lua that no test enters, too. The target
# `coverage` of the preset of that name runs the tests first.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
cd "$build"
find . -path '*msig_*' -name '*.gcda' -exec gcov -n -b {} + 2>/dev/null | awk '
  function share(line) { split(line, part, /[:% ]+/); n = part[5]; return part[3] }
  /^File / { file = $0; sub(/^File ./, "", file); sub(/.$/, "", file); sub(/.*\/src\//, "", file)
             rate = -1; taken = -1; ours = file ~ /^[a-z]+\/[a-z_]+\.c$/ }
  /^Lines executed:/ && ours { split($0, part, /[:% ]+/); rate = part[3]; n = part[5]
    all += n; sum += n * rate / 100; lines = n }
  /^Taken at least once:/ && ours { split($0, part, /[:% ]+/); taken = part[5]; n = part[7]
    branches += n; took += n * taken / 100
    printf "%6.1f %% of %4d lines, %6.1f %% of %4d branches  %s\n", rate, lines, taken, n, file }
  /^No branches/ && ours { printf "%6.1f %% of %4d lines, %24s  %s\n", rate, lines, "", file }
  /^(Calls executed|No calls)/ { ours = 0 } # the sum of all comes without a name
  END { printf "%6.1f %% of %4d lines, %6.1f %% of %4d branches  %s\n", all ? 100 * sum / all : 0,
        all, branches ? 100 * took / branches : 0, branches, "all of src"; exit !all }' |
  sed 's/^\(.*\)  \(.*\)$/\2\t\1  \2/' | sort | cut -f2
cd "$here"
lua5.4 tests/cover/report.lua "$build/cover" "${2:-}"
