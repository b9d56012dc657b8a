#pragma once

#include <napi.h>

namespace psilon::addon {

/// See types.ts.
Napi::Value evaluate(const Napi::CallbackInfo& info);

}  // namespace psilon::addon
