#pragma once

#include <napi.h>

#include <memory>

#include "training/snapshot.h"

/// Snapshots of a fit across the boundary: { position, parameters, m, u, rowValues, kept }.
namespace psilon::addon {

template <typename T>
Napi::Object snapshot_to_js(Napi::Env env, const FitSnapshot<T>& snapshot);
/// Throws ERR_CHECKPOINT unless it stands within a fit of so many epochs.
template <typename T>
std::shared_ptr<const FitSnapshot<T>> snapshot_of(const Napi::Object& from, Index epochs);

}  // namespace psilon::addon
