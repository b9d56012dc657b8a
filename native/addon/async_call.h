#pragma once

#include <napi.h>

#include <functional>
#include <optional>
#include <utility>

#include "addon/convert.h"

namespace psilon::addon {

/// Makes the JavaScript value of a result.
using Finish = std::function<Napi::Value(Napi::Env)>;
/// A short computation.
using Work = std::function<Finish()>;
/// Where work runs: run_later, run_now.
using Run = Napi::Value (*)(Napi::Env, Work);

/// Off the JavaScript thread, as a promise.
class AsyncCall final : public Napi::AsyncWorker {
 public:
  static Napi::Value run(Napi::Env env, Work work) {
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
  AsyncCall(Napi::Env env, Work work) : AsyncWorker(env), deferred_(env), work_(std::move(work)) {}

  Napi::Promise::Deferred deferred_;
  Work work_;
  Finish finish_;
  std::optional<Error> failure_;
};

inline Napi::Value run_later(Napi::Env env, Work work) { return AsyncCall::run(env, std::move(work)); }

/// On the JavaScript thread, which waits.
inline Napi::Value run_now(Napi::Env env, Work work) { return work()(env); }

}  // namespace psilon::addon
