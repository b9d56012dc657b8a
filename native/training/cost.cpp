#include "training/cost.h"

#include "network/layers.h"

namespace psilon {

namespace {

struct StepWork {
  double flop = 0;   // of products: forward, to the inputs, to the weights
  double bytes = 0;  // weights and their moments, read and written
  double layers = 0;
};

StepWork work_of_step(const NetworkConfig& config, const FitWork& fit) {
  StepWork work;
  for (const Layer& layer : layers_of(config)) {
    const double weights = static_cast<double>(layer.matrices * layer.out * layer.in);
    const double products = work.layers == 0 ? 2 : 3;  // the gradient of a network's inputs is not needed
    work.flop += 2 * products * static_cast<double>(fit.batch_size) * weights;
    work.bytes += 6 * weights * static_cast<double>(fit.element);
    work.layers++;
  }
  return work;
}

/// As measured (docs/benchmarks.md, As the work grows), within a fifth of it or some 20 us.
double cpu_step_seconds(const StepWork& work, double networks, double peak) {
  return networks * (1.15 * work.flop / peak + work.bytes / 25e9 + 5e-6 * work.layers);
}

/// An estimate, until there are measurements: some microseconds per kernel, a fifth of the peak for products, 1 TB/s.
double cuda_step_seconds(const StepWork& work, double networks, double peak) {
  const double kernels = 3 * work.layers + 9;
  return 3e-6 * kernels + networks * (work.flop / (0.2 * peak) + work.bytes / 1e12);
}

/// Time until a GPU is open and has its kernels and the rows.
constexpr double kCudaBegin = 1;

}  // namespace

double fit_seconds(const DeviceInfo& device, const NetworkConfig& config, const FitWork& fit, int threads) {
  const StepWork work = work_of_step(config, fit);
  const double peak = fit.element == sizeof(float) ? device.peak_float32 : device.peak_float64;
  const double steps = static_cast<double>(fit.steps), networks = static_cast<double>(fit.networks);
  if (device.kind == DeviceKind::Cpu) return steps * cpu_step_seconds(work, networks, threads * peak);
  return kCudaBegin + steps * cuda_step_seconds(work, networks, peak);
}

}  // namespace psilon
