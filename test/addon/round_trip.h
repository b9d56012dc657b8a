#pragma once

namespace psilon::cpu {

/// Seconds in which a cache line goes from one thread to another and back, the mean of some thousand times. It shows
/// whether the two run on cores that share a cache.
double round_trip();

}  // namespace psilon::cpu
