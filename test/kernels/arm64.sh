#!/usr/bin/env bash
# Cross-compiles the kernels and their tests for arm64 and runs those under qemu, with smaller shapes.
set -euo pipefail
cd "$(dirname "$0")/../.."

compiler=aarch64-linux-gnu-g++
emulator=$(command -v qemu-aarch64 || command -v qemu-aarch64-static || true)
missing=()
command -v "$compiler" >/dev/null || missing+=(g++-aarch64-linux-gnu)
[[ -n "$emulator" ]] || missing+=(qemu-user)
if ((${#missing[@]})); then
  echo "test:arm64 needs ${missing[*]}: run \`apt-get update && apt-get install -y ${missing[*]}\` (Debian, Ubuntu)" >&2
  exit 2
fi

# where the packed core for arm64 is built, of which the kernels are most
node scripts/build-packed.mjs --only linux-arm64 --no-pack
cmake --build build/packed/linux-arm64 --target psilon_kernels --parallel "$(nproc)"
exec "$emulator" build/packed/linux-arm64/psilon_kernels --quick
