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

if [[ -z "${CMAKE_GENERATOR:-}" ]] && command -v ninja >/dev/null; then export CMAKE_GENERATOR=Ninja; fi
cmake -S . -B build/arm64 -DCMAKE_BUILD_TYPE=Release -DPSILON_STRICT="${PSILON_STRICT:-OFF}" \
  -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_EXE_LINKER_FLAGS=-static -DPSILON_ADDON=OFF >/dev/null
cmake --build build/arm64 --target psilon_kernels --parallel "$(nproc)"
exec "$emulator" build/arm64/psilon_kernels --quick
