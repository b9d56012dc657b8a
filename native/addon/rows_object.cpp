#include "addon/rows_object.h"

#include "addon/convert.h"
#include "addon/environment.h"
#include "addon/tensors.h"
#include "support/error.h"

namespace psilon::addon {

Napi::Function RowsObject::define(Napi::Env env) { return DefineClass(env, "Rows", {}); }

RowsObject::RowsObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info, [&] {
    const auto from = info[0].As<Napi::Object>();
    const auto config = network_config(info[1]);
    const auto loss = read_as<Loss>(info[2]);
    rows_ = with_dtype(dtype_of(info[1]),
                       [&]<typename T>(T) -> decltype(rows_) { return shared_rows<T>(from, config, loss); });
    classes_ = takes_classes(loss) ? config.outputs : 0;
  });
  bytes_ = std::visit(
      []<typename T>(const SharedRows<T>& rows) {
        return static_cast<std::int64_t>((rows->x.size() + rows->y.size() + rows->weights.size()) * sizeof(T));
      },
      rows_);
  Napi::MemoryManagement::AdjustExternalMemory(info.Env(), bytes_);
}

void RowsObject::Finalize(Napi::BasicEnv env) { Napi::MemoryManagement::AdjustExternalMemory(env, -bytes_); }

template <typename T>
SharedRows<T> RowsObject::shared(const Napi::Value& value, const NetworkConfig& config, Loss loss) {
  const Error unfit("ERR_SHAPE", "expected rows that were made for such a network and loss");
  if (!value.IsObject() || !value.As<Napi::Object>().InstanceOf(Environment::of(value.Env()).rows_constructor.Value()))
    throw unfit;
  const RowsObject& object = *Unwrap(value.As<Napi::Object>());
  const auto* rows = std::get_if<SharedRows<T>>(&object.rows_);
  if (rows == nullptr || (*rows)->inputs != config.inputs || (*rows)->targets != targets_of(loss, config.outputs) ||
      (takes_classes(loss) && object.classes_ != config.outputs))
    throw unfit;
  return *rows;
}

template SharedRows<float> RowsObject::shared(const Napi::Value&, const NetworkConfig&, Loss);
template SharedRows<double> RowsObject::shared(const Napi::Value&, const NetworkConfig&, Loss);

}  // namespace psilon::addon
