#pragma once

#include "support/view.h"
#include "support/words.h"

/// The losses and what is particular to each (method, section 6); loss_rows.h has their formulas.
namespace psilon {

/// The target of a row: a number for each output, a probability for each output, or one class number, 0 .. outputs - 1.
enum class Targets { Numbers, Probabilities, Class };
template <>
inline constexpr auto kWords<Targets> = std::to_array<Word<Targets>>(
    {{"numbers", Targets::Numbers}, {"probabilities", Targets::Probabilities}, {"class", Targets::Class}});

/// From outputs to probabilities: none if outputs are the predicted values; for logits, each by itself or all together.
enum class Link { None, Sigmoid, Softmax };
template <>
inline constexpr auto kWords<Link> =
    std::to_array<Word<Link>>({{"none", Link::None}, {"sigmoid", Link::Sigmoid}, {"softmax", Link::Softmax}});

enum class Loss { Mse, Huber, Bce, Softmax };

struct LossWord {
  const char* name;
  Loss value;
  Targets targets;
  Link link;
  bool squared;  // the root of the mean loss is in the unit of the targets

  template <typename Self, typename Visit>
  static void fields(Self& self, const Visit& visit) {
    visit("name", self.name);
    visit("targets", self.targets);
    visit("link", self.link);
    visit("squared", self.squared);
  }
};
template <>
inline constexpr auto kWords<Loss> = std::to_array<LossWord>({
    {"mse", Loss::Mse, Targets::Numbers, Link::None, true},
    {"huber", Loss::Huber, Targets::Numbers, Link::None, false},
    {"bce", Loss::Bce, Targets::Probabilities, Link::Sigmoid, false},
    {"softmax", Loss::Softmax, Targets::Class, Link::Softmax, false},
});

/// Whether the target of a row is one class number.
constexpr bool takes_classes(Loss loss) { return word_of(loss).targets == Targets::Class; }

/// Values of y for each row.
constexpr Index targets_of(Loss loss, Index outputs) { return takes_classes(loss) ? 1 : outputs; }

}  // namespace psilon
