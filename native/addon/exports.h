#pragma once

#include <napi.h>

namespace psilon::addon {

/// The exports that lib/core/native.ts declares.
Napi::Object define_exports(Napi::Env env, Napi::Object exports);

}  // namespace psilon::addon
