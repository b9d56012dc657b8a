#pragma once

#include <napi.h>

namespace psilon::addon {

/// { peak, product, roundTrip }: what the CPU kernels in use, and the threads, can do on this machine.
Napi::Object benchmark(Napi::Env env);

}  // namespace psilon::addon
