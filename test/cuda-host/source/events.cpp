#include <chrono>
#include <memory>

#include "calls.h"
#include "streams.h"

namespace psilon::cuda_host {

/// What a stream does where an event was recorded.
struct Record {
  cudaStream_t stream;
  bool done = false;
  std::chrono::steady_clock::time_point time{};

  /// A stream that is no more has done everything.
  void await() const {
    while (!done) stream->run_next();
  }
};

}  // namespace psilon::cuda_host

using namespace psilon::cuda_host;

struct CUevent_st {
  bool timed;
  std::shared_ptr<Record> record{};
};

cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, cudaEventDefault); }

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  return call([&] {
    require(flags <= (cudaEventBlockingSync | cudaEventDisableTiming), cudaErrorInvalidValue);
    *event = new CUevent_st{.timed = (flags & cudaEventDisableTiming) == 0};
  });
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return call([&] {
    require(event != nullptr, cudaErrorInvalidResourceHandle);
    delete event;
  });
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return call([&] {
    require(event != nullptr, cudaErrorInvalidResourceHandle);
    require_uncaptured(stream);
    const auto record = std::make_shared<Record>(Record{.stream = stream});
    submit(stream, {[record] {
             record->time = std::chrono::steady_clock::now();
             record->done = true;
           }});
    event->record = record;
  });
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags) {
  return call([&] {
    require(event != nullptr, cudaErrorInvalidResourceHandle);
    require(flags == 0, cudaErrorInvalidValue);
    require_uncaptured(stream);
    if (event->record) submit(stream, {[record = event->record] { record->await(); }});
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return call([&] {
    require(event != nullptr, cudaErrorInvalidResourceHandle);
    require_undisturbing();
    if (event->record) event->record->await();
  });
}

/// Each query that finds work lets one piece of it run.
cudaError_t cudaEventQuery(cudaEvent_t event) {
  return call([&] {
    require(event != nullptr, cudaErrorInvalidResourceHandle);
    require_undisturbing();
    if (!event->record || event->record->done) return;
    event->record->stream->run_next();
    throw cudaErrorNotReady;
  });
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  return call([&] {
    for (cudaEvent_t event : {start, end}) {
      require(event != nullptr && event->timed && event->record, cudaErrorInvalidResourceHandle);
      require(event->record->done, cudaErrorNotReady);
    }
    *milliseconds = std::chrono::duration<float, std::milli>(end->record->time - start->record->time).count();
  });
}
