#include "training/adam.h"

#include <cmath>

namespace psilon {

template <typename T>
bool AdamState<T>::step(const T* gradient, T* parameters, Rate rate) {
  constexpr double kBeta2 = 0.999;
  const double t = static_cast<double>(++steps_);
  backend_.adam({
      .count = m_.size(),
      .gradient = gradient,
      .parameters = parameters,
      .m = m_.data(),
      .u = u_.data(),
      .beta1 = rate.beta1,
      .beta2 = kBeta2,
      .rate = rate.learning_rate / (1 - std::pow(rate.beta1, t)),
      .root = std::sqrt(1 - std::pow(kBeta2, t)),
      .finite = finite_.data(),
  });
  return finite_.value();
}

template class AdamState<float>;
template class AdamState<double>;

}  // namespace psilon
