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

# The completion that bash loads completes options, their values and commands.
completed() {
  PATH="$prefix/bin:$PATH" bash --norc -c '. "$1"; shift; COMP_WORDS=(modelsig "$@")
    COMP_CWORD=$#; _modelsig 2>/dev/null; printf "%s\n" "${COMPREPLY[@]}"' bash \
    "$prefix/share/bash-completion/completions/modelsig" "$@"
}
completed --mul | grep -qx -e --multi-fidelity
completed --output m | grep -qx markdown
completed --policy ker | grep -qx kernel
completed expl | grep -qx explain
grep -q '^#compdef modelsig' "$prefix/share/zsh/site-functions/_modelsig"
! command -v zsh >/dev/null || zsh -n "$prefix/share/zsh/site-functions/_modelsig"
! command -v man >/dev/null || man -l "$prefix/share/man/man1/modelsig.1" | grep -q multi-fidelity
PKG_CONFIG_PATH=$pc pkg-config --exists modelsig

"$prefix/example" | tee "$prefix/out"
grep -q '_SUBSTITUTE' "$prefix/out"
