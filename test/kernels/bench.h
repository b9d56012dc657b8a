#pragma once

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "call.h"
#include "reference/reference.h"
#include "support/dtype.h"
#include "support/random.h"

namespace psilon::kernels {

/// Errors allowed, relative to the greatest value of an output or 1. Inputs are drawn so that outputs are of order 1.
struct Tolerance {
  double entry;  // a few operations
  double sum;    // a sum over a row, a column or a batch
  double total;  // a sum in double of figures in the type under test
};
template <typename T>
inline constexpr Tolerance kTolerance{};
template <>
inline constexpr Tolerance kTolerance<float>{2e-6, 2e-5, 1e-12};
template <>
inline constexpr Tolerance kTolerance<double>{4e-15, 2e-13, 1e-12};

/// A backend that is compared with the reference.
template <typename T>
struct Subject {
  std::string name;
  std::function<std::unique_ptr<Backend<T>>(int threads)> open;
  /// For each number a run of every check. Results of the first have to be near those of the reference, all others
  /// equal to them bit by bit, though their arguments lie otherwise in memory.
  std::vector<int> threads;
};

/// Compares the operations of a backend with the reference, and counts.
template <typename T>
class Bench {
 public:
  /// quick: without large shapes
  Bench(Subject<T> subject, bool quick, Tolerance allowed = kTolerance<T>)
      : large(!quick), tolerance(allowed), subject_(std::move(subject)) {}

  const bool large;
  const Tolerance tolerance;
  Random random{1};

  /// Prints a line for the checks of all these functions; whether there were any and all passed.
  bool run(std::initializer_list<void (*)(Bench&)> all);

  /// Runs `body`, which makes the arguments in a Call and calls the operation, for the reference and for the subject
  /// with each number of threads.
  template <typename Body>
  void check(const std::string& operation, const std::string& shape, const Body& body) {
    Reference reference;
    Call<double> exact(reference);
    body(exact);
    compare(operation, shape, exact.outputs(), body);
  }
  /// The same where every output has to be 0.
  template <typename Body>
  void check_zeros(const std::string& operation, const std::string& shape, const Body& body) {
    Reference reference;
    Call<double> call(reference);
    body(call);
    auto zeros = call.outputs();
    for (Output& output : zeros) {
      std::fill(output.values.begin(), output.values.end(), 0.0);
      output.exact_zeros = true;
    }
    compare(operation, shape, zeros, body);
  }

  void require(bool holds, const std::string& otherwise) {
    if (!holds) fail(subject_.name + " " + name_of(kDtypeOf<T>) + ": " + otherwise);
  }
  /// Whether to do the next check of so many weights: all of small ones, a sample of large ones.
  bool next(Index weights) { return turn_++ % (weights > 10000 ? 13 : weights > 1000 ? 3 : 1) == 0; }
  /// A number of the type under test.
  double round(double x) const { return static_cast<double>(static_cast<T>(x)); }
  /// Normal numbers, a tenth of them 0.
  Values draw(Index count, double deviation = 1);
  /// Puts 0 in the place of most of them, as relu does on the way back.
  void thin(Values& values);
  /// Rows with zeros and ties whose norm is about `norm`, and at least the share of one entry in it.
  Layer draw_layer(int count, Index rows, Index cols, double norm = 1);

 private:
  template <typename Body>
  void compare(const std::string& operation, const std::string& shape, const std::vector<Output>& expected,
               const Body& body) {
    std::vector<Output> first;
    checks_++;
    // vectors in memory are not aligned, then they are; where there is one run, in about half of the checks
    const bool aligned = subject_.threads.size() == 1 && static_cast<unsigned>(checks_) * 2654435769u >> 31 == 1;
    for (const int threads : subject_.threads) {
      const auto backend = subject_.open(threads);
      Call<T> call(*backend, first.empty() && !aligned ? 72 : 128);
      body(call);
      auto found = call.outputs();
      std::string wrong = call.trespass();
      if (wrong.empty()) wrong = first.empty() ? differences(expected, found) : changes(first, found);
      if (!wrong.empty())
        return fail(operation + " " + subject_.name + " " + name_of(kDtypeOf<T>) + ": " + shape + ", " +
                    std::to_string(threads) + " threads: " + wrong);
      if (first.empty()) first = std::move(found);
    }
  }
  static std::string differences(const std::vector<Output>& expected, const std::vector<Output>& found);
  static std::string changes(const std::vector<Output>& first, const std::vector<Output>& found);
  void fail(const std::string& message);

  Subject<T> subject_;
  int turn_ = 0;
  int checks_ = 0;
  int failures_ = 0;
};

template <typename T>
void check_linear(Bench<T>&);
template <typename T>
void check_weight_norm(Bench<T>&);
template <typename T>
void check_weights_backward(Bench<T>&);
template <typename T>
void check_batch_gradient(Bench<T>&);
template <typename T>
void check_sparse(Bench<T>&);
template <typename T>
void check_subnormals(Bench<T>&);
template <typename T>
void check_projection(Bench<T>&);
template <typename T>
void check_path_norm(Bench<T>&);
template <typename T>
void check_losses(Bench<T>&);
template <typename T>
void check_adam(Bench<T>&);
template <typename T>
void check_reductions(Bench<T>&);
template <typename T>
void check_steps(Bench<T>&);

std::string text_of(double x);
/// "17x33"
inline std::string shape_of(Index rows, Index cols) { return std::to_string(rows) + "x" + std::to_string(cols); }
inline std::string shape_of(const Layer& layer) {
  return (layer.count == 2 ? "2 of " : "") + shape_of(layer.rows, layer.cols);
}

}  // namespace psilon::kernels
