#include "streams.h"

#include <set>
#include <utility>

#include "calls.h"
#include "counts.h"
#include "settings.h"

namespace psilon::cuda_host {

namespace {

constexpr std::size_t kMostPending = 1024;

std::set<cudaStream_t>& streams() {
  static auto* const all = new std::set<cudaStream_t>;
  return *all;
}

void perform(const Work& work) {
  device_space().open();
  work.run();
}

bool is_stream(cudaStream_t stream) { return stream == nullptr || streams().contains(stream); }

/// The device is lost with the launch that the settings name.
void count_launches(long launches) {
  static long launched = 0;
  const long before = std::exchange(launched, launched + launches);
  const long failing = settings().failing_launch;
  if (before < failing && failing <= launched) lose_device();
  require_kept();
}

/// For work of the default stream.
void run_blocking_streams() {
  for (cudaStream_t stream : streams()) {
    if (!stream->blocking || !stream->capture) continue;
    stream->capture->valid = false;
    throw cudaErrorStreamCaptureImplicit;
  }
  for (cudaStream_t stream : streams())
    if (stream->blocking) stream->run_all();
}

}  // namespace

void submit(cudaStream_t stream, Work work) {
  require(is_stream(stream), cudaErrorInvalidResourceHandle);
  if (stream != nullptr && stream->capture) {
    require(stream->capture->valid, cudaErrorStreamCaptureInvalidated);
    stream->capture->work.push_back(std::move(work));
    return;
  }
  if (stream == nullptr) run_blocking_streams();
  count_launches(work.launches);
  if (stream == nullptr) return perform(work);
  stream->pending.push_back(std::move(work));
  if (stream->pending.size() >= kMostPending) stream->run_all();
}

void run_everything() {
  for (cudaStream_t stream : streams()) stream->run_all();
}

void require_uncaptured(cudaStream_t stream) {
  require(is_stream(stream), cudaErrorInvalidResourceHandle);
  if (stream == nullptr || !stream->capture) return;
  stream->capture->valid = false;
  throw cudaErrorStreamCaptureUnsupported;
}

void require_undisturbing() {
  bool forbidden = false;
  for (cudaStream_t stream : streams()) {
    if (!stream->capture) continue;
    Capture& capture = *stream->capture;
    const bool own = capture.thread == std::this_thread::get_id();
    if (own ? capture.mode == cudaStreamCaptureModeRelaxed : capture.mode != cudaStreamCaptureModeGlobal) continue;
    capture.valid = false;
    forbidden = true;
  }
  require(!forbidden, cudaErrorStreamCaptureUnsupported);
}

}  // namespace psilon::cuda_host

using namespace psilon::cuda_host;

void CUstream_st::run_next() {
  const Work work = std::move(pending.front());
  pending.pop_front();
  perform(work);
}

void CUstream_st::run_all() {
  while (!pending.empty()) run_next();
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) { return cudaStreamCreateWithFlags(stream, cudaStreamDefault); }

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  return call([&] {
    require(flags <= cudaStreamNonBlocking, cudaErrorInvalidValue);
    count(Count::OpenStream);
    *stream = *streams().insert(new CUstream_st{.blocking = flags == cudaStreamDefault}).first;
  });
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return call([&] {
    require(stream != nullptr, cudaErrorInvalidResourceHandle);
    require_uncaptured(stream);
    stream->run_all();
    streams().erase(stream);
    count(Count::OpenStream, -1);
    delete stream;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return call([&] {
    require_uncaptured(stream);
    require_undisturbing();
    count(Count::Wait);
    if (stream != nullptr) stream->run_all();
  });
}

/// Each query that finds work lets one piece of it run.
cudaError_t cudaStreamQuery(cudaStream_t stream) {
  return call([&] {
    require_uncaptured(stream);
    require_undisturbing();
    if (stream == nullptr || stream->pending.empty()) return;
    stream->run_next();
    throw cudaErrorNotReady;
  });
}

cudaError_t cudaDeviceSynchronize() {
  return call([] {
    require_undisturbing();
    count(Count::Wait);
    run_everything();
  });
}
