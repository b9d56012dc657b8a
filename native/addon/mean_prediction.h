#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <future>
#include <system_error>
#include <vector>

#include "addon/session.h"
#include "addon/tensors.h"
#include "network/mean.h"

/// The outputs of one network, and of the mean of several, for rows of JavaScript.
namespace psilon::addon {

inline Index row_count(const Napi::Value& from) {
  const Index rows = from.ToNumber().Int64Value();
  if (rows < 1) throw Error("ERR_SHAPE", "a table needs rows");
  return rows;
}

template <typename T>
HostVector<T> table(const Napi::Value& x, Index rows, Index inputs) {
  return values<T>(x, static_cast<std::size_t>(rows * inputs));
}

template <typename T>
HostVector<T> outputs_of(Session<T>& session, const HostVector<T>& x, Index rows, int threads) {
  HostVector<T> outputs(static_cast<std::size_t>(rows * session.config().outputs));
  session.with_predictor(rows, threads, [&](auto& predictor) { predictor.predict(x.data(), rows, outputs.data()); });
  return outputs;
}

/// f = (1/K) sum_k f_k, the mean of networks with the same outputs.
template <typename T>
struct Mean {
  std::vector<SessionPointer<T>> members;
  Index inputs;
  /// The inputs that each network takes; empty: all of them.
  std::vector<std::vector<Index>> taken;

  Index outputs() const { return members.front()->config().outputs; }
};

/// From an array of Uint32Arrays.
inline std::vector<std::vector<Index>> taken_inputs(const Napi::Array& from) {
  std::vector<std::vector<Index>> taken(from.Length());
  for (std::uint32_t k = 0; k < from.Length(); k++) {
    const auto indices = from.Get(k).As<Napi::Uint32Array>();
    for (std::size_t j = 0; j < indices.ElementLength(); j++) taken[k].push_back(static_cast<Index>(indices[j]));
  }
  return taken;
}

/// These columns of rows [rows, inputs].
template <typename T>
HostVector<T> columns(const HostVector<T>& x, Index rows, Index inputs, const std::vector<Index>& taken) {
  HostVector<T> own(static_cast<std::size_t>(rows) * taken.size());
  auto to = own.begin();
  for (Index i = 0; i < rows; i++)
    for (const Index j : taken) *to++ = x[static_cast<std::size_t>(i * inputs + j)];
  return own;
}

/// Calls use(k) for every k below `count` on up to `threads` threads, this one included, or as many as the system
/// gives.
template <typename Use>
void share_out(std::size_t count, int threads, const Use& use) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t k = next++; k < count; k = next++) use(k);
  };
  std::vector<std::future<void>> others;
  try {
    while (others.size() + 1 < std::min(count, static_cast<std::size_t>(threads)))
      others.push_back(std::async(std::launch::async, work));
  } catch (const std::system_error&) {
  }
  work();
  for (auto& other : others) other.get();
}

/// The networks share the threads. @param x [rows, inputs]
template <typename T>
std::vector<double> mean_outputs_of(const Mean<T>& mean, const HostVector<T>& x, Index rows, int threads) {
  const std::size_t count = mean.members.size();
  const int threads_each = std::max(1, threads / static_cast<int>(count));
  std::vector<HostVector<T>> outputs(count);
  share_out(count, threads, [&](std::size_t k) {
    const auto predicted = [&](const HostVector<T>& own) {
      return outputs_of(*mean.members[k], own, rows, threads_each);
    };
    outputs[k] = predicted(mean.taken.empty() ? x : columns(x, rows, mean.inputs, mean.taken[k]));
  });
  return mean_outputs(outputs);
}

}  // namespace psilon::addon
