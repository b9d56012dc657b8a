/// Prints what psilon's GPU is, as a line of JSON.

#include <cuda_runtime.h>

#include <cstdio>

#include "backend/cuda/devices.h"

int main() {
  int index = 0, driver = 0, runtime = 0;
  for (const auto& device : psilon::cuda::list_devices()) {
    if (!device.available) {
      std::fprintf(stderr, "%s: %s\n", device.name.c_str(), device.reason.c_str());
      index++;
      continue;
    }
    cudaDeviceProp properties{};
    if (cudaGetDeviceProperties(&properties, index) != cudaSuccess) return 1;
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    std::printf(
        "{\"name\": \"%s\", \"capability\": \"%d.%d\", \"memory\": %zu, \"processors\": %d, \"peakFloat32\": %.6g, "
        "\"driverCuda\": \"%d.%d\", \"runtimeCuda\": \"%d.%d\"}\n",
        properties.name, properties.major, properties.minor, properties.totalGlobalMem, properties.multiProcessorCount,
        device.peak_float32, driver / 1000, driver % 1000 / 10, runtime / 1000, runtime % 1000 / 10);
    return 0;
  }
  return 1;
}
