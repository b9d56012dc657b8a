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
HostVector<T> table(const Napi::Value& x, Index rows, const NetworkConfig& config) {
  return values<T>(x, static_cast<std::size_t>(rows * config.inputs));
}

template <typename T>
HostVector<T> outputs_of(Session<T>& session, const HostVector<T>& x, Index rows, int threads) {
  HostVector<T> outputs(static_cast<std::size_t>(rows * session.config().outputs));
  session.with_predictor(rows, threads, [&](auto& predictor) { predictor.predict(x.data(), rows, outputs.data()); });
  return outputs;
}

/// Rows for several networks, which take different inputs of them.
template <typename T>
struct Tables {
  std::vector<HostVector<T>> tables;
  /// For each network the index of its table.
  std::vector<std::size_t> of;

  const HostVector<T>& table_of(std::size_t network) const { return tables[of[network]]; }
};

/// @param tables an array of typed arrays. @param of an array with the index of each network's table.
template <typename T>
Tables<T> tables_for(const std::vector<SessionPointer<T>>& sessions, const Napi::Value& tables, const Napi::Value& of,
                     Index rows) {
  const auto given = tables.As<Napi::Array>();
  const auto indices = of.As<Napi::Array>();
  if (indices.Length() != sessions.size()) throw Error("ERR_SHAPE", "expected a table for each network");
  Tables<T> all{std::vector<HostVector<T>>(given.Length()), {}};
  for (std::size_t k = 0; k < sessions.size(); k++) {
    const std::uint32_t index = indices.Get(static_cast<std::uint32_t>(k)).ToNumber().Uint32Value();
    if (index >= given.Length()) throw Error("ERR_SHAPE", "there is no such table");
    auto& own = all.tables[index];
    const NetworkConfig& config = sessions[k]->config();
    if (own.empty()) own = table<T>(given.Get(index), rows, config);
    if (own.size() != static_cast<std::size_t>(rows * config.inputs))
      throw Error("ERR_SHAPE", "networks of one table need the same inputs");
    all.of.push_back(index);
  }
  return all;
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

/// The networks share the threads.
template <typename T>
std::vector<double> mean_outputs_of(const std::vector<SessionPointer<T>>& sessions, const Tables<T>& x, Index rows,
                                    int threads) {
  const int threads_each = std::max(1, threads / static_cast<int>(sessions.size()));
  std::vector<HostVector<T>> outputs(sessions.size());
  share_out(sessions.size(), threads,
            [&](std::size_t k) { outputs[k] = outputs_of(*sessions[k], x.table_of(k), rows, threads_each); });
  return mean_outputs(outputs);
}

}  // namespace psilon::addon
