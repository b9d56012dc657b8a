#pragma once

#include <cstddef>

namespace psilon::cuda_host {

/// What the host asked of the device.
enum class Count { Kernel, Graph, Upload, Download, Wait, Allocation, OpenStream, Held, HeldBytes };

/// Counts a call. If PSILON_CUDA_HOST_COUNTS names a file, it holds all counts when the process has ended.
void count(Count what, int more = 1);
/// The most of what there is at once.
void count_most(Count what, std::size_t now);

}  // namespace psilon::cuda_host
