#!/usr/bin/env bash
# The core with sanitizers: kernels, kernels of the GPU on the host, suites that train, and golden numbers.
# sanitize.sh           address and undefined, then thread, each built in a copy of this folder
# sanitize.sh --here    what is built here with PSILON_SANITIZE=address,undefined
set -euo pipefail
cd "$(dirname "$0")/.."

trap 'kill $(jobs -p) 2>/dev/null || true' EXIT

# with every access checked; that a second run has the same bits is tested without sanitizers
addresses() {
  export LD_PRELOAD="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libubsan.so)"
  export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1,halt_on_error=1
  # quicker than the forward order of threads, in which npm test runs them too
  local gpu=(env PSILON_CUDA_HOST_ORDER=backward build/psilon_cuda_kernels --quick --once)
  "${gpu[@]}" float32 &
  local float32=$!
  build/psilon_kernels --quick
  build/psilon_cuda_host_tests
  "${gpu[@]}" float64
  wait "$float32"
  "${gpu[@]}" tf32 &
  local tf32=$!
  node test/run.mjs test/network/{products,pruning,compaction}.test.ts test/training/{fit,fits-together}.test.ts
  wait "$tf32"
  bash test/conformance/reach.sh test/fixtures
}

# V8 is not built with the sanitizer, so its own locks are unknown to it; what starts it runs without
threads() {
  local suppressions
  suppressions=$(mktemp)
  printf 'race:v8::\nrace:node::\nrace:uv_\n' >"$suppressions"
  export TSAN_OPTIONS="suppressions=$suppressions report_signal_unsafe=0"
  build/psilon_kernels --quick
  node test/run.mjs --env LD_PRELOAD="$(g++ -print-file-name=libtsan.so)" \
    test/network/{products,pruning}.test.ts test/training/{fit,fits-together,determinism}.test.ts \
    test/api/{fit-many,fit-many-threads,dispose}.test.ts test/checkpoint/resume.test.ts
  rm "$suppressions"
}

# a copy of what git knows and of the packages, built with sanitizers
copied() {
  local copy
  copy=$(mktemp -d)
  git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy"
  cp -a node_modules "$copy"
  mkdir -p "$copy/experiments" && cp -a experiments/node_modules "$copy/experiments"
  (cd "$copy" && export PSILON_STRICT=OFF PSILON_SANITIZE=$1 && npm run build && npm run build:test-programs && "$2")
  rm -r "$copy"
}

if [[ "${1:-}" == --here ]]; then
  addresses
else
  copied address,undefined addresses
  copied thread threads
fi
