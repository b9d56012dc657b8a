#pragma once

#include <napi.h>

#include <memory>
#include <variant>

#include "backend/devices.h"
#include "training/dataset.h"
#include "training/step_queue.h"
#include "training/trainer.h"

namespace psilon::addon {

/// The trainer under every fit, on one batch of all rows.
template <typename T>
struct WholeBatchTrainer {
  WholeBatchTrainer(const Model<T>& model, const SharedRows<T>& rows, const ObjectiveConfig& objective,
                    Projection projection, DeviceKind device, Precision precision, int threads)
      : config(model.config),
        backend(open_device<T>(device, threads, nullptr, precision)),
        host(open_cpu<T>(1)),
        dataset(*backend, std::make_shared<const DeviceRows<T>>(*backend, rows), rows->count),
        queue(*backend, *host, 1),
        trainer(*backend, model.config, upload_parameters(*backend, model), objective, projection, rows->count,
                projection == Projection::None, queue.settings()) {
    trainer.begin();
  }

  StepValue step(Rate rate, double alpha) {
    queue.set(1, [&](Index) -> StepSettings<T> { return {trainer.next_rate(rate), static_cast<T>(alpha), 0}; });
    queue.advance();
    trainer.step(dataset.batch(0), alpha > 0);
    return trainer.value();
  }

  NetworkConfig config;
  std::unique_ptr<Backend<T>> backend, host;
  Dataset<T> dataset;
  StepQueue<T> queue;
  Trainer<T> trainer;
};

class TrainerObject final : public Napi::ObjectWrap<TrainerObject> {
 public:
  using Any = std::variant<std::unique_ptr<WholeBatchTrainer<float>>, std::unique_ptr<WholeBatchTrainer<double>>>;

  static Napi::Function define(Napi::Env env);
  /// Arguments: see types.ts.
  explicit TrainerObject(const Napi::CallbackInfo& info);

 private:
  Napi::Value step(const Napi::CallbackInfo& info);
  Napi::Value parameters(const Napi::CallbackInfo& info);

  Any trainer_;
};

}  // namespace psilon::addon
