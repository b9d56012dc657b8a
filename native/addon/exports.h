#pragma once

#include <napi.h>

namespace psilon::addon {

/// What lib/native.ts declares.
Napi::Object define_exports(Napi::Env env, Napi::Object exports);

}  // namespace psilon::addon
