#!/bin/sh
# run.sh BUILD SOURCE: installs into a folder of its own and builds the example against it.
set -eu
build=$1 source=$2
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install "$build" --prefix "$prefix" >/dev/null
pc=$(dirname "$(find "$prefix" -name modelsig.pc)")
lib=$(dirname "$pc")
test -x "$prefix/bin/modelsig"
test -s "$prefix/share/man/man1/modelsig.1"
test -s "$prefix/share/bash-completion/completions/modelsig"
test -s "$prefix/share/zsh/site-functions/_modelsig"
test -e "$lib/libmodelsig.a"
strange=$(nm -D --defined-only "$lib/libmodelsig.so" | awk '{print $3}' | grep -v '^msig_' || true)
[ -z "$strange" ] || { echo "exported, but not msig_*: $strange"; exit 1; }
${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -I"$prefix/include" \
  "$source/tests/c/capi_example/example.c" \
  -L"$lib" -lmodelsig -Wl,-rpath,"$lib" -o "$prefix/example"
"$prefix/example" | tee "$prefix/out"
grep -q '_SUBSTITUTE' "$prefix/out"
