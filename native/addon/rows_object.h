#pragma once

#include <napi.h>

#include <cstdint>
#include <variant>

#include "network/config.h"
#include "training/dataset.h"

namespace psilon::addon {

/// The JavaScript class around immutable rows that fits share.
class RowsObject final : public Napi::ObjectWrap<RowsObject> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit RowsObject(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv env) override;

  /// The rows behind a JavaScript value. Throws ERR_SHAPE unless they were made for such a network and loss.
  template <typename T>
  static SharedRows<T> shared(const Napi::Value& value, const NetworkConfig& config, Loss loss);

 private:
  std::variant<SharedRows<float>, SharedRows<double>> rows_;
  Index classes_ = 0;  // 0 if targets are not class numbers
  std::int64_t bytes_ = 0;
};

}  // namespace psilon::addon
