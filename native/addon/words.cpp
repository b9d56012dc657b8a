#include "addon/words.h"

#include "addon/fields.h"
#include "backend/devices.h"
#include "certificates/questions.h"
#include "network/config.h"
#include "support/dtype.h"
#include "training/fit.h"

namespace psilon::addon {

namespace {

/// The name of an entry, or an object of name and traits.
template <typename Entry>
Napi::Value entry(Napi::Env env, const Entry& from) {
  if constexpr (HasFields<const Entry>) {
    auto object = write(env, from);
    object.Freeze();
    return object;
  } else {
    return write(env, from.name);
  }
}

template <HasWords Enum>
Napi::Array table(Napi::Env env) {
  auto list = Napi::Array::New(env);
  for (const auto& word : kWords<Enum>) list.Set(list.Length(), entry(env, word));
  list.Freeze();
  return list;
}

Napi::Array epoch_figures(Napi::Env env) {
  auto names = Napi::Array::New(env);
  const EpochRecord record{};
  EpochRecord::fields(record, [&](const char* name, const auto&) { names.Set(names.Length(), name); });
  names.Freeze();
  return names;
}

}  // namespace

Napi::Object words(Napi::Env env) {
  auto all = Napi::Object::New(env);
  all.Set("kinds", table<NetworkKind>(env));
  all.Set("normalizations", table<Normalization>(env));
  all.Set("dtypes", table<Dtype>(env));
  all.Set("bounds", table<Bound>(env));
  all.Set("levels", table<certificates::Level>(env));
  all.Set("losses", table<Loss>(env));
  all.Set("targets", table<Targets>(env));
  all.Set("links", table<Link>(env));
  all.Set("regularizers", table<Regularizer>(env));
  all.Set("schedules", table<Schedule>(env));
  all.Set("projections", table<Projection>(env));
  all.Set("devices", table<DeviceKind>(env));
  all.Set("precisions", table<Precision>(env));
  all.Set("stops", table<Stopped>(env));
  all.Set("epochFigures", epoch_figures(env));
  all.Freeze();
  return all;
}

}  // namespace psilon::addon
