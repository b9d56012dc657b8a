#include "addon/snapshots.h"

#include "addon/fields.h"
#include "addon/tensors.h"

namespace psilon::addon {

namespace {

/// visit(name, numbers) for each list of numbers.
template <typename Snapshot, typename Visit>
void visit_numbers(Snapshot& snapshot, const Visit& visit) {
  visit("parameters", snapshot.parameters);
  visit("m", snapshot.m);
  visit("u", snapshot.u);
  visit("rowValues", snapshot.row_values);
  visit("kept", snapshot.kept);
}

}  // namespace

template <typename T>
Napi::Object snapshot_to_js(Napi::Env env, const FitSnapshot<T>& snapshot) {
  auto object = Napi::Object::New(env);
  object.Set("position", write(env, snapshot.position));
  visit_numbers(snapshot, [&](const char* name, const auto& numbers) {
    object.Set(name, to_typed_array(env, numbers.data(), numbers.size()));
  });
  return object;
}

template <typename T>
std::shared_ptr<const FitSnapshot<T>> snapshot_of(const Napi::Object& from, Index epochs) {
  FitSnapshot<T> snapshot;
  snapshot.position = read_as<FitPosition>(from.Get("position"));
  check_position(snapshot.position, epochs);
  visit_numbers(snapshot, [&](const char* name, auto& numbers) {
    const auto array = from.Get(name).As<Napi::TypedArray>();
    numbers = values<T>(array, array.ElementLength());
  });
  return std::make_shared<const FitSnapshot<T>>(std::move(snapshot));
}

#define PSILON_INSTANTIATE(T)                                             \
  template Napi::Object snapshot_to_js(Napi::Env, const FitSnapshot<T>&); \
  template std::shared_ptr<const FitSnapshot<T>> snapshot_of(const Napi::Object&, Index);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::addon
