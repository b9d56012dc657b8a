#pragma once

namespace psilon::cuda_host {

/// What the host asked of the device.
enum class Count { Kernel, Graph, Upload, Download, Wait, Allocation, OpenStream };

/// Counts a call. If PSILON_CUDA_HOST_COUNTS names a file, it holds all counts when the process has ended.
void count(Count what, int more = 1);

}  // namespace psilon::cuda_host
