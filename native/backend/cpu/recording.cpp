/// Work that is repeated: called each time.

#include "backend/recording.h"

#include <utility>

#include "backend/cpu/cpu_backend.h"

namespace psilon::cpu::PSILON_LEVEL {

namespace {

template <typename T>
class CpuRecording final : public Recording {
 public:
  CpuRecording(CpuBackend<T>& backend, Works works) : backend_(backend), works_(std::move(works)) {}

  bool repeat(Index count, const std::function<bool()>& go_on) override {
    for (Index k = 0; k < count; k++) {
      if (!go_on()) return false;
      backend_.adapt_threads();
      for (const auto& work : works_) work();
    }
    return true;
  }

 private:
  CpuBackend<T>& backend_;
  const Works works_;
};

}  // namespace

template <typename T>
std::unique_ptr<Recording> CpuBackend<T>::record(const char*, Works works) {
  return std::make_unique<CpuRecording<T>>(*this, std::move(works));
}

#define PSILON_INSTANTIATE(T) template std::unique_ptr<Recording> CpuBackend<T>::record(const char*, Works);
PSILON_INSTANTIATE(float)
PSILON_INSTANTIATE(double)

}  // namespace psilon::cpu::PSILON_LEVEL
