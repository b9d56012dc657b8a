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

/// JavaScript values to the core's structs and back. lib/native.ts declares their shapes; what reaches this file has
/// been checked there, so a mismatch is an internal error, but never an access out of bounds.
namespace psilon::addon {

/// A JavaScript Error with the code and the details of `error`.
Napi::Error to_js(Napi::Env env, const Error& error);
/// What went wrong, from inside a catch block; running out of memory becomes ERR_MEMORY.
Error current_error();

NetworkConfig network_config(const Napi::Value& from);
Napi::Object to_js(Napi::Env env, const NetworkConfig& config, Dtype dtype);
/// That of a network, which JavaScript has in its config.
Dtype dtype_of(const Napi::Value& config);
FitOptions fit_options(const Napi::Value& from);
/// At least 1, at most 1024.
int thread_count(const Napi::Value& from);

/// Row by row the fields of the records, in their order; NaN where there is none.
Napi::Float64Array to_js(Napi::Env env, const std::vector<EpochRecord>& records);
Napi::Object to_js(Napi::Env env, const SparsityReport& report);

/// use(), whose errors become JavaScript's.
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
