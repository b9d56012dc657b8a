#pragma once

#include <napi.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "network/parameters.h"
#include "training/dataset.h"

/// Typed arrays, tables and parameters across the boundary. Lengths are checked here again: nothing is read out of
/// bounds.
namespace psilon::addon {

/// The beginning of a typed array of the element type T and at least that many values. Not copied: JavaScript may
/// change it as soon as it runs again.
template <typename T>
T* elements(const Napi::Value& from, std::size_t count);

/// A copy of a typed array of the element type T and that many values.
template <typename T>
HostVector<T> values(const Napi::Value& from, std::size_t count);

template <typename T>
Napi::Value to_typed_array(Napi::Env env, const T* data, std::size_t count) {
  auto array = Napi::TypedArrayOf<T>::New(env, count);
  std::copy_n(data, count, array.Data());
  return array;
}

Napi::Float64Array to_js(Napi::Env env, const std::vector<double>& values);

/// NativeData.
template <typename T>
Rows<T> rows(const Napi::Object& from, const NetworkConfig& config, Loss loss);

template <typename T>
SharedRows<T> shared_rows(const Napi::Object& from, const NetworkConfig& config, Loss loss) {
  return std::make_shared<const Rows<T>>(rows<T>(from, config, loss));
}

/// { shape, data }
template <typename T>
Napi::Object tensor(Napi::Env env, const std::vector<Index>& shape, const T* data, Index count);
/// Parameters by name, each a tensor.
template <typename T>
Napi::Object parameters_to_js(Napi::Env env, const NetworkConfig& config, const HostVector<T>& values);
/// Pointers to JavaScript's parameters, in the order of the layout's entries.
template <typename T>
std::vector<const T*> entries(const Napi::Object& parameters, const ParameterLayout& layout);
template <typename T>
Model<T> model(const Napi::Object& parameters, const NetworkConfig& config);

}  // namespace psilon::addon
