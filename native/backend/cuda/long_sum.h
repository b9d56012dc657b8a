#pragma once

#include "backend/cuda/block.h"

/// Sums of many numbers, or of such as nearly cancel, for which T alone has too few digits. Most GPUs begin 64
/// additions of floats in the time of one of doubles.
namespace psilon::cuda {

/// All zeros: nothing has been added.
template <typename T>
struct LongSum;

template <>
struct LongSum<double> {
  double sum;

  __device__ void add(double x) { sum += x; }
  __device__ void add(const LongSum& other) { sum += other.sum; }
  __device__ void add_product(double a, double b) { sum += a * b; }
  __device__ double value() const { return sum; }
  __device__ double rounded() const { return sum; }
};

/// Two floats, of which the second has what the first has not room for: about 48 bits of sums and products within the
/// range of floats. Beyond it the sum is NaN, and a product below it loses its second part. Sums of two are the same in
/// either order.
template <>
struct LongSum<float> {
  float sum, rest;

  __device__ void add(float x) { add(LongSum{x, 0}); }
  /// Knuth's TwoSum, whose error is exact.
  __device__ void add(const LongSum& other) {
    const float total = __fadd_rn(sum, other.sum), part = __fsub_rn(total, sum);
    const float error = __fadd_rn(__fsub_rn(sum, __fsub_rn(total, part)), __fsub_rn(other.sum, part));
    rest = __fadd_rn(__fadd_rn(rest, other.rest), error);
    sum = total;
  }
  __device__ void add_product(float a, float b) {
    const float product = __fmul_rn(a, b);
    add(LongSum{product, __fmaf_rn(a, b, -product)});
  }
  __device__ double value() const { return static_cast<double>(sum) + static_cast<double>(rest); }
  __device__ float rounded() const { return sum + rest; }
};

__device__ inline LongSum<float> from_lane(const LongSum<float>& x, int distance) {
  return {from_lane(x.sum, distance), from_lane(x.rest, distance)};
}
__device__ inline LongSum<double> from_lane(const LongSum<double>& x, int distance) {
  return {from_lane(x.sum, distance)};
}

template <typename T>
__device__ LongSum<T> sum_block(const LongSum<T>& x) {
  return reduce_block(x, LongSum<T>{}, [](LongSum<T> a, const LongSum<T>& b) {
    a.add(b);
    return a;
  });
}

}  // namespace psilon::cuda
