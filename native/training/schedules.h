#pragma once

#include "support/view.h"
#include "support/words.h"

namespace psilon {

enum class Schedule { OneCycle, Constant, Cosine };
template <>
inline constexpr auto kWords<Schedule> = std::to_array<Word<Schedule>>(
    {{"one-cycle", Schedule::OneCycle}, {"constant", Schedule::Constant}, {"cosine", Schedule::Cosine}});

struct Rate {
  double learning_rate;
  double beta1;
};

/// Epoch 0 .. epochs-1; constant within an epoch (method, section 9).
///   one-cycle  from 1e-4 up to `peak` over the first fifth, then down to 1e-7 / peak, both by cosine; beta1 the other
///   way cosine     from `peak` down to 0 after the last epoch;  constant  `peak`;  both with beta1 = 0.9
Rate rate_at(Schedule schedule, Index epoch, Index epochs, double peak);

/// Blend between normalised and projected weights: 0 up to step `from`, then linear to 1 at step `to`. Steps are 1, 2,
/// ...
double alpha_at(Index step, Index from, Index to);

}  // namespace psilon
