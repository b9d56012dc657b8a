#include "training/schedules.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace psilon {

namespace {

double cosine(double from, double to, double q) { return to + (from - to) * (1 + std::cos(std::numbers::pi * q)) / 2; }

Rate one_cycle(Index epoch, Index epochs, double peak) {
  constexpr double kStart = 1e-4, kHigh = 0.95, kLow = 0.85, kRise = 0.2;
  const double end = 10 * kStart * kStart / peak;
  const double e = static_cast<double>(epoch);
  const double top = kRise * static_cast<double>(epochs) - 1;
  if (e <= top) {
    const double q = top > 0 ? e / top : 1;
    return {cosine(kStart, peak, q), cosine(kHigh, kLow, q)};
  }
  const double q = (e - top) / (static_cast<double>(epochs) - 1 - top);
  return {cosine(peak, end, q), cosine(kLow, kHigh, q)};
}

}  // namespace

Rate rate_at(Schedule schedule, Index epoch, Index epochs, double peak) {
  constexpr double kBeta1 = 0.9;
  if (schedule == Schedule::OneCycle) return one_cycle(epoch, epochs, peak);
  if (schedule == Schedule::Constant) return {peak, kBeta1};
  return {cosine(peak, 0, static_cast<double>(epoch) / static_cast<double>(epochs)), kBeta1};
}

double alpha_at(Index step, Index from, Index to) {
  if (step <= from) return 0;
  return std::min(1.0, static_cast<double>(step - from) / static_cast<double>(std::max<Index>(to - from, 1)));
}

}  // namespace psilon
