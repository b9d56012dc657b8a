#!/usr/bin/env bash
# Replays the golden numbers of a folder, on the CPU and on a GPU that is the host.
set -euo pipefail
cd "$(dirname "$0")/../.."

trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
replay=(node test/conformance/main.mjs "$1")
jobs=()
for dtype in float64 float32; do
  { "${replay[@]}" --dtype "$dtype" && "${replay[@]}" --dtype "$dtype" --device cuda-host; } &
  jobs+=($!)
done
"${replay[@]}" --dtype float32 --device cuda-host --precision tf32
for job in "${jobs[@]}"; do wait "$job"; done
