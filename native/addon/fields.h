#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/view.h"
#include "support/words.h"

/// Conversions between JavaScript values and the core's: numbers, booleans, public words, lists, and structs
/// that name their fields. null stands for an empty optional.
namespace psilon::addon {

struct AnyVisit {
  template <typename Field>
  void operator()(const char* name, Field& field) const;
};
template <typename Struct>
concept HasFields = requires(Struct& of) { Struct::fields(of, AnyVisit()); };

inline void read(const Napi::Value& from, bool& to) { to = from.ToBoolean().Value(); }
inline void read(const Napi::Value& from, double& to) { to = from.ToNumber().DoubleValue(); }
inline void read(const Napi::Value& from, Index& to) { to = from.ToNumber().Int64Value(); }
inline void read(const Napi::Value& from, std::uint64_t& to) {
  to = static_cast<std::uint64_t>(from.ToNumber().Int64Value());
}
template <HasWords Enum>
void read(const Napi::Value& from, Enum& to) {
  to = by_name<Enum>(from.ToString().Utf8Value());
}
template <typename T>
void read(const Napi::Value& from, std::vector<T>& to);
template <typename T>
void read(const Napi::Value& from, std::optional<T>& to);
template <HasFields Struct>
void read(const Napi::Value& from, Struct& to) {
  const auto object = from.As<Napi::Object>();
  Struct::fields(to, [&](const char* name, auto& field) { read(object.Get(name), field); });
}

template <typename T>
void read(const Napi::Value& from, std::vector<T>& to) {
  const auto list = from.As<Napi::Array>();
  to.clear();
  for (std::uint32_t k = 0; k < list.Length(); k++) {
    T element{};
    read(list.Get(k), element);
    to.push_back(element);
  }
}
template <typename T>
void read(const Napi::Value& from, std::optional<T>& to) {
  to.reset();
  if (!from.IsNull() && !from.IsUndefined()) read(from, to.emplace());
}

template <typename T>
T read_as(const Napi::Value& from) {
  T to{};
  read(from, to);
  return to;
}
/// `otherwise` for undefined.
template <typename T>
T read_or(const Napi::Value& from, T otherwise) {
  return from.IsUndefined() ? otherwise : read_as<T>(from);
}

inline Napi::Value write(Napi::Env env, bool value) { return Napi::Boolean::New(env, value); }
inline Napi::Value write(Napi::Env env, double value) { return Napi::Number::New(env, value); }
inline Napi::Value write(Napi::Env env, Index value) { return Napi::Number::New(env, static_cast<double>(value)); }
inline Napi::Value write(Napi::Env env, const char* value) { return Napi::String::New(env, value); }
template <HasWords Enum>
Napi::Value write(Napi::Env env, Enum value) {
  return Napi::String::New(env, name_of(value));
}
template <typename T>
Napi::Value write(Napi::Env env, const std::vector<T>& from) {
  auto list = Napi::Array::New(env, from.size());
  for (std::uint32_t k = 0; k < from.size(); k++) list.Set(k, write(env, static_cast<T>(from[k])));
  return list;
}
template <typename T>
Napi::Value write(Napi::Env env, const std::optional<T>& from);
template <HasFields Struct>
Napi::Object write(Napi::Env env, const Struct& from) {
  auto object = Napi::Object::New(env);
  Struct::fields(from, [&](const char* name, const auto& field) { object.Set(name, write(env, field)); });
  return object;
}

template <typename T>
Napi::Value write(Napi::Env env, const std::optional<T>& from) {
  return from ? Napi::Value(write(env, *from)) : env.Null();
}

}  // namespace psilon::addon
