#pragma once

#include <napi.h>

#include <memory>
#include <variant>

#include "backend/devices.h"
#include "training/dataset.h"
#include "training/plan.h"
#include "training/trainer.h"

namespace psilon::addon {

/// The trainer under every fit, on one batch of all rows.
template <typename T>
struct WholeBatchTrainer {
  WholeBatchTrainer(const Model<T>& model, const SharedRows<T>& rows, const ObjectiveConfig& objective,
                    Projection projection, DeviceKind device, Precision precision, int threads)
      : config(model.config),
        backend(open_device<T>(device, threads, nullptr, precision)),
        dataset(*backend, std::make_shared<const DeviceRows<T>>(*backend, rows), rows->count),
        plan(*backend, 1),
        trainer(*backend, model, objective, projection, rows->count, projection == Projection::None, plan.settings()) {}

  StepValue step(Rate rate, double alpha) {
    plan.set({{trainer.next_rate(rate), alpha, 0}});
    plan.advance();
    trainer.step(dataset.batch(0), alpha > 0);
    return trainer.value();
  }

  NetworkConfig config;
  std::unique_ptr<Backend<T>> backend;
  Dataset<T> dataset;
  Plan<T> plan;
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
