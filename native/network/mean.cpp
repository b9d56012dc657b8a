#include "network/mean.h"

#include <algorithm>
#include <numeric>

namespace psilon {

template <typename T>
std::vector<double> mean_outputs(const std::vector<HostVector<T>>& members) {
  const auto count = static_cast<double>(members.size());
  std::vector<double> mean(members.front().size());
  for (const auto& outputs : members)
    for (std::size_t i = 0; i < mean.size(); i++) mean[i] += static_cast<double>(outputs[i]) / count;
  return mean;
}

std::vector<double> mean_bounds(const std::vector<std::vector<double>>& members) {
  std::vector<double> mean(members.front().size());
  for (const auto& bounds : members)
    for (std::size_t i = 0; i < mean.size(); i++) mean[i] += bounds[i];
  for (double& bound : mean) bound /= static_cast<double>(members.size());
  return mean;
}

PathNorms mean_path_norms(const std::vector<std::vector<double>>& members) {
  PathNorms norms{mean_bounds(members), 0, 0};
  for (const auto& outputs : members) norms.sum += std::accumulate(outputs.begin(), outputs.end(), 0.0);
  norms.sum /= static_cast<double>(members.size());
  norms.max = *std::max_element(norms.outputs.begin(), norms.outputs.end());
  return norms;
}

template std::vector<double> mean_outputs(const std::vector<HostVector<float>>&);
template std::vector<double> mean_outputs(const std::vector<HostVector<double>>&);

}  // namespace psilon
