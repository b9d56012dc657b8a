#include "addon/rows_object.h"

#include "addon/convert.h"
#include "addon/environment.h"
#include "addon/tensors.h"
#include "support/error.h"

namespace psilon::addon {

Napi::Function RowsObject::define(Napi::Env env) { return DefineClass(env, "Rows", {}); }

RowsObject::RowsObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info, "fit", [&] {
    const auto from = info[0].As<Napi::Object>();
    const auto config = network_config(info[1].As<Napi::Object>());
    const Loss kind = loss(info[2].ToString().Utf8Value());
    if (info[1].As<Napi::Object>().Get("dtype").ToString().Utf8Value() == "float64")
      rows_ = shared_rows<double>(from, config, kind);
    else
      rows_ = shared_rows<float>(from, config, kind);
    classes_ = kind == Loss::Softmax ? config.outputs : 0;
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
  const Error unfit("ERR_SHAPE", "[native] expected rows that were made for such a network and loss");
  if (!value.IsObject() || !value.As<Napi::Object>().InstanceOf(Environment::of(value.Env()).rows_constructor.Value()))
    throw unfit;
  const RowsObject& object = *Unwrap(value.As<Napi::Object>());
  const auto* rows = std::get_if<SharedRows<T>>(&object.rows_);
  const bool softmax = loss == Loss::Softmax;
  if (rows == nullptr || (*rows)->inputs != config.inputs || (*rows)->targets != (softmax ? 1 : config.outputs) ||
      (softmax && object.classes_ != config.outputs))
    throw unfit;
  return *rows;
}

template SharedRows<float> RowsObject::shared(const Napi::Value&, const NetworkConfig&, Loss);
template SharedRows<double> RowsObject::shared(const Napi::Value&, const NetworkConfig&, Loss);

}  // namespace psilon::addon
