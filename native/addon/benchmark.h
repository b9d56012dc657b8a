#pragma once

#include <napi.h>

namespace psilon::addon {

/// { peak, product }: what the CPU kernels in use can do on this machine.
Napi::Object benchmark(Napi::Env env);

}  // namespace psilon::addon
