#include <cmath>
#include <utility>

#include "reference.h"

namespace psilon::kernels {

namespace {

struct Calls final : Recording {
  explicit Calls(Works called) : works(std::move(called)) {}

  bool repeat(Index count, const std::function<bool()>& go_on) override {
    for (Index k = 0; k < count; k++) {
      if (!go_on()) return false;
      for (const auto& work : works) work();
    }
    return true;
  }

  Works works;
};

}  // namespace

std::unique_ptr<Recording> Reference::record(const char*, Works works) {
  return std::make_unique<Calls>(std::move(works));
}

void Reference::next_step(const NextStep<double>& op) {
  *op.settings = op.plan[*op.next];
  *op.next += 1;
}

void Reference::add_share(const AddShare& op) { *op.total = op.share * *op.value + (op.begins ? 0 : *op.total); }

void Reference::append_figures(const AppendFigures& op) {
  const auto place = [&](Index k) -> double& { return op.log[(*op.end + k) % op.capacity]; };
  for (Index k = 0; k < op.count; k++) {
    place(k) = op.figures[k];
    if (op.diverged != nullptr) *op.diverged = *op.diverged || !std::isfinite(op.figures[k]);
  }
  place(op.count) = op.diverged != nullptr && *op.diverged;
  *op.end += op.count + 1;
}

void Reference::keep(const Keep<double>& op) {
  for (Index k = 0; k < op.count && !*op.diverged; k++) op.to[k] = op.from[k];
}

}  // namespace psilon::kernels
