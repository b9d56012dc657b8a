#pragma once

namespace psilon::cuda_host {

inline constexpr int kCudaVersion = 13000;
inline constexpr int kMultiprocessors = 4;
inline constexpr int kKilohertz = 2'000'000;
inline constexpr int kMostThreads = 1024;      // of a block
inline constexpr int kSharedBytes = 48 << 10;  // of a block whose kernel has not asked for more
inline constexpr int kMostSharedBytes = 227 << 10;

}  // namespace psilon::cuda_host
