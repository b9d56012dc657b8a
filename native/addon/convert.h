#pragma once

#include <napi.h>

#include <algorithm>
#include <string>
#include <vector>

#include "addon/fields.h"
#include "backend/devices.h"
#include "network/objective.h"
#include "network/sparsity.h"
#include "support/dtype.h"
#include "support/error.h"
#include "training/fit.h"
#include "training/memory.h"

/// JavaScript values to the core's structs and back. lib/core/native.ts declares their shapes and its callers have
/// checked them, so a mismatch is an internal error, but never an access out of bounds.
namespace psilon::addon {

/// A JavaScript Error with the code and the details of `error`.
Napi::Error to_js(Napi::Env env, const Error& error);
/// The error of the current catch block; running out of memory becomes ERR_MEMORY.
Error current_error();

NetworkConfig network_config(const Napi::Value& from);
Napi::Object to_js(Napi::Env env, const NetworkConfig& config, Dtype dtype);
/// The config of a network, as JavaScript has it.
Dtype dtype_of(const Napi::Value& config);
FitOptions fit_options(const Napi::Value& from);
/// At least 1, at most 1024.
int thread_count(const Napi::Value& from);

/// The fields of the records in order, row by row; NaN for an empty one.
Napi::Float64Array to_js(Napi::Env env, const std::vector<EpochRecord>& records);
Napi::Object to_js(Napi::Env env, const SparsityReport& report);

/// Calls use(); its errors become JavaScript errors.
template <typename Use>
auto guarded(const Napi::CallbackInfo& info, const Use& use) -> decltype(use()) {
  try {
    return use();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw to_js(info.Env(), current_error());
  }
}

}  // namespace psilon::addon
