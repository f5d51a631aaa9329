#!/bin/bash
# bootstrap.sh run|test|build: installs the Debian packages that the step needs and that are not
# there, builds build/release/modelsig, then does the step: `run` shows the main job on bundled
# samples, `test` runs every test.
set -euo pipefail
cd "$(dirname "$0")"

usage() { sed -n '2,4s/^# //p' "$0"; exit 1; }

to_build="liblua5.4-dev libcurl4-openssl-dev lua-cjson-dev libprotobuf-c-dev protobuf-c-compiler
  libedit-dev cmake make gcc libc6-dev pkg-config ca-certificates"
to_test="lua5.4 lua-busted lua-cjson libcmocka-dev python3 nginx libnginx-mod-http-lua openssl
  protobuf-compiler libonnx-testdata"

# Installs those of the given packages that dpkg does not know as installed.
need() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] ||
      missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    echo "bootstrap.sh: missing packages: ${missing[*]}" >&2
    echo "bootstrap.sh: run it as root, or first: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

build() {
  /usr/bin/cmake --preset release -DMODELSIG_TESTS="$1" >/dev/null
  /usr/bin/cmake --build build/release -j "$(nproc)"
}

case "${1:-}" in
  build) need $to_build; build OFF ;;
  run) need $to_build; build OFF; exec build/release/modelsig demo ;;
  test)
    need $to_build $to_test
    build ON
    exec /usr/bin/ctest --test-dir build/release --output-on-failure -j "$(nproc)"
    ;;
  *) usage ;;
esac
