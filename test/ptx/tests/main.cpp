/// Tests of the translator: what kernels of forms.ptx compute, and what ends the process. Prints what fails and a line
/// of sums; exits with 1 if a case failed.

#include <cstdio>
#include <string>
#include <vector>

#include "../../cuda-host/tests/harness.h"
#include "numbers.h"
#include "registry.h"

using namespace psilon;
using namespace psilon::ptx;
using namespace psilon::cuda_host::tests;

namespace {

/// The argument of every kernel.
struct Given {
  void* to;
  const void* from;
};

/// Runs the kernel of this name in forms.ptx.
void launch(const char* name, unsigned blocks, unsigned threads, const Given& given) {
  const Kernel* kernel = find_kernel(name);
  expect(kernel != nullptr && kernel->bytes == sizeof given, std::string(name) + " is not there");
  cudaLaunchConfig_t shape{dim3(blocks), dim3(threads)};
  shape.dynamicSmemBytes = kernel->shared;
  cuda::check(cuda_host::start(name, shape, nullptr,
                               [kernel, given] { kernel->run(reinterpret_cast<const unsigned char*>(&given)); }),
              name);
  cuda::check(cudaDeviceSynchronize(), name);
}

template <typename T>
u64 bits_of(T x) {
  u64 bits = 0;
  std::memcpy(&bits, &x, sizeof x);
  return bits;
}

/// An instruction, and the bits that it should give.
struct Case {
  const char* name;
  u64 bits;
};
const Case kIntegers[] = {
    {"add.s32 wraps", bits_of<u32>(2147483654u)},
    {"sub.s32", bits_of<u32>(0u - 10)},
    {"mul.lo.s32", bits_of<u32>(1u)},
    {"mad.lo.s32", bits_of<u32>(0u - 8)},
    {"mul.wide.s32", bits_of<u64>(~u64{0} - 20)},
    {"mul.wide.u32", bits_of<u64>(u64{7} * 0xfffffffdu)},
    {"div.s64", bits_of<u64>(0 - u64{2500000000})},
    {"div.u32", bits_of<u32>(0xfffffffdu / 7)},
    {"rem.u32", bits_of<u32>(0xfffffffdu % 7)},
    {"shr.s32", bits_of<u32>(0u - 2)},
    {"shr.u32", bits_of<u32>(0x7ffffffeu)},
    {"shr.s32 beyond the width", bits_of<u32>(~0u)},
    {"shl.b32 beyond the width", bits_of<u32>(0u)},
    {"shl.b64", bits_of<u64>(u64{80000000000})},
    {"neg.s64", bits_of<u64>(u64{2})},
    {"max.s32", bits_of<u32>(7u)},
    {"min.u32", bits_of<u32>(7u)},
    {"and.b32", bits_of<u32>(4u)},
    {"or.b64", bits_of<u64>(~u64{0})},
    {"xor.b32", bits_of<u32>(0xfffffffau)},
    {"not.b32", bits_of<u32>(~7u)},
    {"setp.lt.s32", bits_of<u32>(7u)},
    {"setp.lt.u32", bits_of<u32>(0xfffffffdu)},
    {"and.pred, not.pred", bits_of<u32>(1u)},
    {"cvt.s64.s32", bits_of<u64>(0 - u64{3})},
    {"cvt.u64.u32", bits_of<u64>(u64{0xfffffffd})},
    {"cvt.u32.u64", bits_of<u32>(705032704u)},
    {"cvt.s64.s32 of the lower half", bits_of<u64>(u64{705032704})},
    {"cvt.s32.s8", bits_of<u32>(~0u)},
    {"mov.b64, the upper half", bits_of<u32>(1u)},
    {"mov.b64 in a scope of its own", bits_of<u32>(1u)},
    {"mov.b64, two halves", bits_of<u64>(u64{0xfffffffd} << 32 | 7)},
    {"predicates", bits_of<u32>(11u)},
};
const Case kFloats[] = {
    {"fma.rn.f32 rounds once", bits_of<f32>(0x1.000002p-23f)},
    {"mul.f32", bits_of<f32>(0x1.000004p0f)},
    {"fma.rn.f64 rounds once", bits_of<f64>(0x1.0000000000001p-52)},
    {"fma.rm.f32 rounds down", bits_of<f32>(0x1.fffffep-1f)},
    {"add.rz.f32 rounds to 0", bits_of<f32>(-1.0f)},
    {"add.f32", bits_of<f32>(-0.5f)},
    {"sub.f64", bits_of<f64>(0x1.91eb851eb851fp1 - 1)},
    {"div.rn.f32", bits_of<f32>(1.0f / 3)},
    {"rcp.rn.f64", bits_of<f64>(1 / 0x1.91eb851eb851fp1)},
    {"sqrt.rn.f32", bits_of<f32>(0x1.bb67aep0f)},
    {"abs.f32", bits_of<f32>(3.5f)},
    {"max.f32 leaves out a NaN", bits_of<f32>(-3.5f)},
    {"min.f64", bits_of<f64>(0x1.0000000000001p0)},
    {"setp.eq.f32 of a NaN", bits_of<u32>(0u)},
    {"setp.ne.f32 of a NaN", bits_of<u32>(0u)},
    {"setp.neu.f32 of a NaN", bits_of<u32>(1u)},
    {"setp.lt.f32 of a NaN", bits_of<u32>(0u)},
    {"setp.geu.f32 of a NaN", bits_of<u32>(1u)},
    {"setp.gtu.f32", bits_of<u32>(0u)},
    {"setp.leu.f64", bits_of<u32>(1u)},
    {"mov.b32 keeps the bits", bits_of<u32>(0x3f800000u)},
    {"mov.b64 keeps the bits", bits_of<u64>(u64{0x3ff0000000000001})},
    {"mov.b64 changes halves", bits_of<f64>(as<f64>(u64{0x000000013ff00000}))},
    {"cvt.rn.f32.f64", bits_of<f32>(3.14f)},
    {"cvt.f64.f32", bits_of<f64>(-3.5)},
    {"cvt.rn.f32.s32", bits_of<f32>(16777220.0f)},
    {"cvt.rn.f64.u32", bits_of<f64>(4294967293.0)},
    {"cvt.rzi.s32.f32", bits_of<u32>(0u - 3)},
    {"cvt.rzi.s32.f32 of a NaN", bits_of<u32>(0u)},
    {"cvt.rzi.s64.f32 beyond the largest", bits_of<u64>(~u64{0} >> 1)},
    {"cvt.sat.f32.f32", bits_of<f32>(1.0f)},
    {"cvt.sat.f32.f32 of a NaN", bits_of<f32>(0.0f)},
    {"cvt.rna.tf32.f32, a tie", bits_of<u32>(0x3f802000u)},
    {"cvt.rna.tf32.f32", bits_of<u32>(0x3f800000u)},
    {"ex2.approx.ftz.f32", bits_of<f32>(8.0f)},
    {"ex2.approx.ftz.f32 of what is subnormal", bits_of<f32>(0.0f)},
    {"rcp.approx.ftz.f64", bits_of<f64>(as<f64>(as<u64>(1 / as<f64>(u64{0x40091eb800000000})) >> 32 << 32))},
    {"selp.f32", bits_of<f32>(0.5f)},
    {"setp.num.f32 of a NaN", bits_of<u32>(0u)},
    {"setp.nan.f64", bits_of<u32>(0u)},
};

template <std::size_t kCount>
void check_values(const char* kernel, const Case (&cases)[kCount]) {
  for (std::size_t k = 0; k < kCount; k++)
    passes(cases[k].name, [&, k] {
      Array<u64> results(std::vector<u64>(kCount, 0));
      launch(kernel, 1, 1, {results.data(), nullptr});
      const u64 found = results.values()[k];
      expect(found == cases[k].bits, std::to_string(found) + " instead of " + std::to_string(cases[k].bits));
    });
}

void check_accesses() {
  const std::vector<u32> from = {1, 2, 3, 4, 0, 0x3ff00000, 0, 0x40000000, 0xfe000000, as<u32>(2.5f)};
  const std::vector<u64> expected = {
      4, 3, as<u64>(2.0), as<u64>(1.0), as<u32>(2.5f), 0xfe, 0xfffffffe, 0x3400,
  };
  passes("loads and stores", [&] {
    const Array<u32> given(from);
    Array<u64> results(std::vector<u64>(expected.size(), 0));
    launch("memory", 1, 1, {results.data(), given.data()});
    for (std::size_t k = 0; k < expected.size(); k++)
      expect(results.values()[k] == expected[k], "result " + std::to_string(k));
  });
}

/// Thread t of a block has that of thread 63 - t, from the lane that differs in the lower two bits; the first three add
/// 1000.
void check_blocks() {
  passes_in_every_order("barriers, shuffles, predicates and atomic additions", [] {
    Array<u32> results(192), count(std::vector<u32>{5});
    launch("blocks", 3, 64, {results.data(), count.data()});
    for (unsigned k = 0; k < 192; k++) {
      const unsigned thread = k % 64, expected = k / 64 * 64 + (63 - (thread ^ 3)) + (thread <= 2 ? 1000 : 0);
      expect(results.values()[k] == expected, "thread " + std::to_string(k));
    }
    expect(count.values()[0] == 5 + 2 * 192, "the count");
  });
}

/// C = 1 + A B, A [16, 8], B [8, 8] of small integers; the fragments are those of PTX ISA, mma.m16n8k8 with .tf32
void check_product() {
  const auto a = [](unsigned i, unsigned k) { return static_cast<float>(3 * i + k * k) - 20; };
  const auto b = [](unsigned k, unsigned j) { return static_cast<float>(j * 5 + k) - 15; };
  passes_in_every_order("mma.m16n8k8", [&] {
    std::vector<float> given, expected;
    for (unsigned lane = 0; lane < 32; lane++) {
      const unsigned group = lane / 4, of_group = lane % 4;
      given.insert(given.end(), {a(group, of_group), a(group + 8, of_group), a(group, of_group + 4),
                                 a(group + 8, of_group + 4), b(of_group, group), b(of_group + 4, group)});
      for (unsigned e = 0; e < 4; e++) {
        float sum = 1;
        for (unsigned k = 0; k < 8; k++) sum += a(group + e / 2 * 8, k) * b(k, 2 * of_group + e % 2);
        expected.push_back(sum);
      }
    }
    const Array<float> fragments(given);
    Array<float> results(128);
    launch("product", 1, 32, {results.data(), fragments.data()});
    expect(results.values() == expected, "the product");
  });
}

void check_refusals() {
  const auto launch_wrong = [](const char* name, u64 offset, unsigned threads) {
    return [=] {
      const Array<u32> memory(std::vector<u32>(4, 0));
      launch(name, 1, threads, {memory.data(), reinterpret_cast<const void*>(offset)});
    };
  };
  passes("the last word", launch_wrong("reads_beyond", 12, 1));
  dies("reading beyond memory", {"[reads_beyond]", "forms.ptx:", "no 4 bytes of global memory"},
       launch_wrong("reads_beyond", 16, 1));
  dies("reading before memory", {"no 4 bytes of global memory"}, launch_wrong("reads_beyond", ~u64{3}, 1));
  dies("a vector that is not aligned", {"no 16 bytes of global memory"}, launch_wrong("reads_across", 4, 1));
  passes("the last of shared memory", launch_wrong("leaves_shared", 1020, 1));
  dies("leaving shared memory", {"no 4 bytes of shared memory"}, launch_wrong("leaves_shared", 1024, 1));
  passes("the last of the argument", launch_wrong("leaves_argument", 8, 1));
  dies("leaving the argument", {"no 8 bytes of parameter memory"}, launch_wrong("leaves_argument", 16, 1));
  dies("two barriers at once", {"[parts_ways]", "threads 0-31 wait at bar.sync", "threads 32-63"},
       launch_wrong("parts_ways", 0, 64));
}

struct Doubling {
  u32* values;
};
struct Wide {
  u32* values;
  u64 more;
};
struct Unknown {
  u32* values;
};
// each has other code in forms.ptx, or none
__global__ void twice(const __grid_constant__ cuda::Constant<Doubling>) {}
__global__ void narrow(const __grid_constant__ cuda::Constant<Wide>) {}
__global__ void missing(const __grid_constant__ cuda::Constant<Unknown>) {}

void check_substitution() {
  passes("a kernel is that of the same argument", [] {
    const Array<u32> memory(std::vector<u32>{1, 20, 300, 4});
    cuda::launch("twice", {dim3(1), dim3(3)}, twice, Doubling{memory.data()});
    expect(memory.values() == std::vector<u32>{2, 40, 600, 4}, "three numbers are doubled");
  });
  dies("an argument of another size", {"[narrow]", "size is 8 in PTX, on the host 16"},
       [] { cuda::launch("narrow", {dim3(1), dim3(1)}, narrow, Wide{}); });
  dies("more threads than it has registers for", {"[twice]", "blocks of 33 threads, at most 32 in PTX"},
       [] { cuda::launch("twice", {dim3(1), dim3(33)}, twice, Doubling{}); });
  dies("a kernel that is not there", {"[missing] has no kernel of PTX"},
       [] { cuda::launch("missing", {dim3(1), dim3(1)}, missing, Unknown{}); });
}

}  // namespace

int main() {
  check_values("integers", kIntegers);
  check_values("floats", kFloats);
  check_accesses();
  check_blocks();
  check_product();
  check_refusals();
  check_substitution();
  std::printf("%d cases, %d failed\n", cases(), failures());
  return failures() == 0 ? 0 : 1;
}
