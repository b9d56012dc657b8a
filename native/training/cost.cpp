#include "training/cost.h"

#include "network/layers.h"

namespace psilon {

namespace {

struct StepWork {
  double flop = 0;   // of products: forward, to the inputs, to the weights
  double bytes = 0;  // weights and their moments, read and written
  double layers = 0;
};

StepWork work_of_step(const NetworkConfig& config, std::size_t element, Index batch_size) {
  StepWork work;
  for (const Layer& layer : layers_of(config)) {
    const double weights = static_cast<double>(layer.matrices * layer.out * layer.in);
    const double products = work.layers == 0 ? 2 : 3;  // nobody asks for the gradient of a network's inputs
    work.flop += 2 * products * static_cast<double>(batch_size) * weights;
    work.bytes += 6 * weights * static_cast<double>(element);
    work.layers++;
  }
  return work;
}

/// Measured: docs/benchmarks.md, Training.
double cpu_step_seconds(const StepWork& work, double peak, int threads) {
  return 1.5 * work.flop / (threads * peak) + 2e-5 * work.layers;
}

/// Reckoned, as long as nothing has been measured: some microseconds a kernel, a fifth of the peak for products, 1
/// TB/s.
double cuda_step_seconds(const StepWork& work, double peak) {
  const double kernels = 3 * work.layers + 9;
  return 3e-6 * kernels + work.flop / (0.2 * peak) + work.bytes / 1e12;
}

/// Until a GPU is open and has its kernels and the rows.
constexpr double kCudaBegin = 1;

}  // namespace

double fit_seconds(const DeviceInfo& device, const NetworkConfig& config, std::size_t element, Index batch_size,
                   Index steps, int threads) {
  const StepWork work = work_of_step(config, element, batch_size);
  const double peak = element == sizeof(float) ? device.peak_float32 : device.peak_float64;
  const double count = static_cast<double>(steps);
  if (device.kind == "cpu") return count * cpu_step_seconds(work, peak, threads);
  return kCudaBegin + count * cuda_step_seconds(work, peak);
}

}  // namespace psilon
