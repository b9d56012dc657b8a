#pragma once

#include <napi.h>

#include <functional>
#include <optional>
#include <utility>

#include "addon/convert.h"

namespace psilon::addon {

/// A short computation off the JavaScript thread, as a promise. `work` computes and returns what makes the JavaScript
/// value.
class AsyncCall final : public Napi::AsyncWorker {
 public:
  using Finish = std::function<Napi::Value(Napi::Env)>;

  static Napi::Promise run(Napi::Env env, std::function<Finish()> work) {
    auto* call = new AsyncCall(env, std::move(work));
    call->Queue();
    return call->deferred_.Promise();
  }

 protected:
  void Execute() override {
    try {
      finish_ = work_();
    } catch (...) {
      failure_ = current_error();
    }
  }
  void OnOK() override {
    try {
      if (!failure_) return deferred_.Resolve(finish_(Env()));
      deferred_.Reject(to_js(Env(), *failure_).Value());
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    }
  }

 private:
  AsyncCall(Napi::Env env, std::function<Finish()> work) : AsyncWorker(env), deferred_(env), work_(std::move(work)) {}

  Napi::Promise::Deferred deferred_;
  std::function<Finish()> work_;
  Finish finish_;
  std::optional<Error> failure_;
};

}  // namespace psilon::addon
