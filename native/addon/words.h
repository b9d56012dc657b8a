#pragma once

#include <napi.h>

namespace psilon::addon {

/// The tables of all public words, frozen: see lib/words.ts.
Napi::Object words(Napi::Env env);

}  // namespace psilon::addon
