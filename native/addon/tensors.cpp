#include "addon/tensors.h"

#include <utility>

#include "support/error.h"

namespace psilon::addon {

namespace {

template <typename T>
Napi::TypedArrayOf<T> typed_array(const Napi::Value& from) {
  constexpr auto wanted = sizeof(T) == 8 ? napi_float64_array : napi_float32_array;
  if (!from.IsTypedArray() || from.As<Napi::TypedArray>().TypedArrayType() != wanted)
    throw Error("ERR_SHAPE", "expected a typed array of the network's dtype");
  return from.As<Napi::TypedArrayOf<T>>();
}

[[noreturn]] void refuse_count(std::size_t expected, std::size_t got) {
  throw Error("ERR_SHAPE", "expected " + std::to_string(expected) + " values, got " + std::to_string(got));
}

}  // namespace

template <typename T>
T* elements(const Napi::Value& from, std::size_t count) {
  auto array = typed_array<T>(from);
  if (array.ElementLength() < count) refuse_count(count, array.ElementLength());
  return array.Data();
}

template <typename T>
HostVector<T> values(const Napi::Value& from, std::size_t count) {
  const auto array = typed_array<T>(from);
  if (array.ElementLength() != count) refuse_count(count, array.ElementLength());
  return {array.Data(), array.Data() + count};
}

Napi::Float64Array to_js(Napi::Env env, const std::vector<double>& values) {
  return to_typed_array(env, values.data(), values.size()).As<Napi::Float64Array>();
}

template <typename T>
Rows<T> rows(const Napi::Object& from, const NetworkConfig& config, Loss loss) {
  Rows<T> rows{from.Get("rows").ToNumber().Int64Value(), config.inputs, targets_of(loss, config.outputs), {}, {}, {}};
  if (rows.count < 1) throw Error("ERR_SHAPE", "a table needs rows");
  const auto count = static_cast<std::size_t>(rows.count);
  rows.x = values<T>(from.Get("x"), count * static_cast<std::size_t>(rows.inputs));
  rows.y = values<T>(from.Get("y"), count * static_cast<std::size_t>(rows.targets));
  if (!from.Get("weights").IsNull()) rows.weights = values<T>(from.Get("weights"), count);
  if (takes_classes(loss))
    for (const T label : rows.y)
      if (!(label >= 0 && label < static_cast<T>(config.outputs)))
        throw Error("ERR_DATA", "class numbers must be within 0 .. outputs - 1");
  return rows;
}

template <typename T>
Napi::Object tensor(Napi::Env env, const std::vector<Index>& shape, const T* data, Index count) {
  auto sizes = Napi::Array::New(env, shape.size());
  for (std::size_t i = 0; i < shape.size(); i++)
    sizes.Set(static_cast<std::uint32_t>(i), static_cast<double>(shape[i]));
  auto object = Napi::Object::New(env);
  object.Set("shape", sizes);
  object.Set("data", to_typed_array(env, data, static_cast<std::size_t>(count)));
  return object;
}

template <typename T>
Napi::Object parameters_to_js(Napi::Env env, const NetworkConfig& config, const HostVector<T>& values) {
  const ParameterLayout layout(config);
  auto object = Napi::Object::New(env);
  for (const auto& entry : layout.entries())
    object.Set(entry.name, tensor(env, entry.shape, values.data() + entry.offset, entry.size()));
  return object;
}

template <typename T>
std::vector<const T*> entries(const Napi::Object& parameters, const ParameterLayout& layout) {
  std::vector<const T*> pointers;
  for (const auto& entry : layout.entries()) {
    if (!parameters.Has(entry.name)) throw Error("ERR_SHAPE", "parameter " + entry.name + " is missing");
    const auto data = parameters.Get(entry.name).As<Napi::Object>().Get("data");
    pointers.push_back(elements<T>(data, static_cast<std::size_t>(entry.size())));
  }
  return pointers;
}

template <typename T>
Model<T> model(const Napi::Object& parameters, const NetworkConfig& config) {
  const ParameterLayout layout(config);
  const auto given = entries<T>(parameters, layout);
  auto model = zero_model<T>(config);
  for (std::size_t e = 0; e < given.size(); e++) {
    const auto& entry = layout.entries()[e];
    std::copy_n(given[e], entry.size(), model.values.begin() + entry.offset);
  }
  return model;
}

#define PSILON_INSTANTIATE(T)                                                                    \
  template T* elements(const Napi::Value&, std::size_t);                                         \
  template HostVector<T> values(const Napi::Value&, std::size_t);                                \
  template Rows<T> rows(const Napi::Object&, const NetworkConfig&, Loss);                        \
  template Napi::Object tensor(Napi::Env, const std::vector<Index>&, const T*, Index);           \
  template Napi::Object parameters_to_js(Napi::Env, const NetworkConfig&, const HostVector<T>&); \
  template std::vector<const T*> entries(const Napi::Object&, const ParameterLayout&);           \
  template Model<T> model(const Napi::Object&, const NetworkConfig&);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::addon
