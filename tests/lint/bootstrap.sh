#!/bin/sh
# bootstrap.sh tells a wrong word from a right one, and without root's rights names what is missing.
# Stand-ins for dpkg-query and id: nothing is installed, and nobody is root.
set -eu
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
fail() { echo "$1: $out"; exit 1; }

out=$(./bootstrap.sh nonsense 2>&1) && fail "a wrong word is right"
echo "$out" | grep -q 'bootstrap.sh run|test|build' || fail "no usage"

printf '#!/bin/sh\nexit 1\n' >"$tools/dpkg-query"
printf '#!/bin/sh\necho 1000\n' >"$tools/id"
chmod +x "$tools/dpkg-query" "$tools/id"
out=$(PATH="$tools:$PATH" ./bootstrap.sh build 2>&1) && fail "built without packages"
echo "$out" | grep -q 'missing packages: .*liblua5.4-dev' || fail "packages are not named"
echo "$out" | grep -q 'apt-get install .*liblua5.4-dev' || fail "no advice"
