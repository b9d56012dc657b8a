/// Work that is repeated: called each time.

#include "backend/recording.h"

#include <utility>

#include "backend/cpu/cpu_backend.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

template <typename T>
class CpuRecording final : public Recording {
 public:
  CpuRecording(CpuBackend<T>& backend, std::function<void()> work) : backend_(backend), work_(std::move(work)) {}

  bool repeat(Index count, const std::function<bool()>& go_on) override {
    for (Index k = 0; k < count; k++) {
      if (!go_on()) return false;
      backend_.adapt_threads();
      work_();
    }
    return true;
  }

 private:
  CpuBackend<T>& backend_;
  const std::function<void()> work_;
};

}  // namespace

template <typename T>
std::unique_ptr<Recording> CpuBackend<T>::record(const char*, std::function<void()> work) {
  return std::make_unique<CpuRecording<T>>(*this, std::move(work));
}

#define PSILON_INSTANTIATE(T) \
  template std::unique_ptr<Recording> CpuBackend<T>::record(const char*, std::function<void()>);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
