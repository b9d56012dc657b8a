#pragma once

#include <napi.h>

#include <algorithm>
#include <string>
#include <vector>

#include "backend/devices.h"
#include "network/objective.h"
#include "network/sparsity.h"
#include "support/error.h"
#include "training/fit.h"
#include "training/memory.h"

/// JavaScript values to the core's structs and back. lib/native.ts declares their shapes; what reaches this file has
/// been checked there, so a mismatch is an internal error, but never an access out of bounds.
namespace psilon::addon {

/// A JavaScript Error with the code and the details of `error`.
Napi::Error to_js(Napi::Env env, const Error& error);
/// What went wrong, from inside a catch block; running out of memory becomes ERR_MEMORY.
Error current_error(const std::string& operation);

NetworkConfig network_config(const Napi::Object& from);
Napi::Object to_js(Napi::Env env, const NetworkConfig& config, bool is_double);
ObjectiveConfig objective_config(const Napi::Object& from);
PruneTarget prune_target(const Napi::Object& from);
FitOptions fit_options(const Napi::Object& from);
FitTables fit_tables(const Napi::Object& from);
/// At least 1, at most 1024.
int thread_count(const Napi::Value& from);
/// 'cpu' where nothing is said.
DeviceKind device_kind(const Napi::Value& from);
Precision precision(const Napi::Value& from);
Bound bound(const Napi::Value& from);
Loss loss(const std::string& name);
Schedule schedule(const std::string& name);
Projection projection(const std::string& name);

/// Row by row the figures of an epoch in the order of `epochFigures` in lib/native.ts; NaN where there is none.
Napi::Float64Array to_js(Napi::Env env, const std::vector<EpochRecord>& records);
Napi::Object to_js(Napi::Env env, const SparsityReport& report);

/// use(), whose errors become JavaScript's.
template <typename Use>
auto guarded(const Napi::CallbackInfo& info, const char* operation, const Use& use) -> decltype(use()) {
  try {
    return use();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw to_js(info.Env(), current_error(operation));
  }
}

}  // namespace psilon::addon
