#pragma once

#include <optional>

#include "backend/adam.h"
#include "backend/losses.h"
#include "support/view.h"
#include "support/words.h"

/// The operations of a device: what each computes, and its arguments by name. Every pointer is memory of that device;
/// matrices are row-major; [rows] names a vector's length.
namespace psilon {

/// Precision of the factors of float32 products: unchanged, or, on a GPU, rounded to a mantissa of 10 bits. Sums are
/// float32.
enum class Precision { Float32, Tf32 };
template <>
inline constexpr auto kWords<Precision> =
    std::to_array<Word<Precision>>({{"float32", Precision::Float32}, {"tf32", Precision::Tf32}});

enum class Normalization { L1, L2, None };
template <>
inline constexpr auto kWords<Normalization> = std::to_array<Word<Normalization>>(
    {{"l1", Normalization::L1}, {"l2", Normalization::L2}, {"none", Normalization::None}});

/// What a layer does to its input: nothing, max(x, 0), or the pair (max(x, 0), min(x, 0)) for two matrices.
enum class Activation { Identity, Relu, CRelu };

/// Bounds on a residual block: sum_s |I + W_s|, I + max_s |W_s|, max_s |I + W_s|. Without I the last two agree.
enum class Bound { Original, Improved, Tight };
template <>
inline constexpr auto kWords<Bound> =
    std::to_array<Word<Bound>>({{"original", Bound::Original}, {"improved", Bound::Improved}, {"tight", Bound::Tight}});

/// Path is the 1-path-norm of an mlp and the original bound of a resnet; PathImproved its improved bound.
enum class Regularizer { Path, PathImproved, L2, None };
struct RegularizerWord {
  const char* name;
  Regularizer value;
  std::optional<Bound> bound;  // of the path norm, if it is one
};
template <>
inline constexpr auto kWords<Regularizer> = std::to_array<RegularizerWord>({
    {"path", Regularizer::Path, Bound::Original},
    {"path-improved", Regularizer::PathImproved, Bound::Improved},
    {"l2", Regularizer::L2, std::nullopt},
    {"none", Regularizer::None, std::nullopt},
});

/// W_s = diag(scale) M_s; scale [rows], or null for ones.
template <typename T>
struct Weights {
  Matrices<const T> m;
  const T* scale = nullptr;
};

/// z = [residual] x + sum_s act_s(x) W_s^T + b          x [n, in]  z [n, out]  b [out]
template <typename T>
struct LinearForward {
  Activation activation;
  Matrix<const T> x;
  Weights<T> w;
  const T* b;
  bool residual;
  Matrix<T> z;
};

/// dx = [residual] dz + [x > 0] * (dz W_0) + [x < 0] * (dz W_1)       relu: the first matrix alone
template <typename T>
struct LinearBackwardInput {
  Matrix<const T> dz;
  Weights<T> w;
  Matrix<const T> x;
  bool residual;
  Matrix<T> dx;
};

/// n_i = |v~_i|_1 or |v~_i|_2, v~ = max_s |v_s|;  scale_i = g_i / n_i       norm, scale [rows]; g [1] if shared
/// known: norm holds n already.
template <typename T>
struct RowScales {
  Matrices<const T> v;
  Normalization normalization;
  const T* g;
  bool shared;
  bool known;
  T* norm;
  T* scale;
};

/// tau_i with sum_j max(v~_ij - tau_i, 0) = 1       tau [rows]
/// keep_zeros, here and below: the projection is that onto the support of v, so that entries equal to 0 stay 0 where
/// tau < 0.
template <typename T>
struct Thresholds {
  Matrices<const T> v;
  bool keep_zeros;
  T* tau;
};

/// w_s = (1 - alpha) scale_i v_s + alpha g_i p_s,   p = s max(|v| - tau_i, 0), s = -1 where v < 0 and +1 elsewhere
/// scale null: 1; g null: 1; alpha null: 1, which gives the projection itself. w may be v.
template <typename T>
struct Blend {
  Matrices<const T> v;
  const T* scale;
  const T* g;
  bool shared;
  const T* tau;
  bool keep_zeros;
  const T* alpha;
  Matrices<T> w;
};

/// v_s <- factor_i v_s       factor [rows]
template <typename T>
struct ScaleRows {
  Matrices<T> v;
  const T* factor;
};

/// The regularizer's part of the gradient of one layer's normalised weights W:
///   path   weight * q_i r_j dM_ij/dW_s     r [cols], q [rows]
///   l2     weight * 2 W_s
template <typename T>
struct RegularizerTerm {
  Regularizer regularizer = Regularizer::None;
  T weight = 0;
  const T* r = nullptr;
  const T* q = nullptr;
  bool residual = false;
};

/// The destination of a layer's gradients: dv in memory, or, with dv null, a step of Adam.
template <typename T>
struct LayerGradient {
  Matrices<T> dv;
  AdamRows<T> adam;
  T* dg;
  T* db;
};

/// dW_s = dz^T act_s(x),  db = sum over the batch of dz;
/// from dW to dv and dg for W = (1 - alpha) normalised + alpha g p, plus the regularizer's share, which always goes
/// through the normalised weights. alpha null: 0. Without normalisation W = v, alpha and dg are null. `dg_rows` [rows]
/// is scratch. keep_zeros: dv = 0 where v = 0.
template <typename T>
struct WeightsBackward {
  Activation activation;
  Matrix<const T> dz;
  Matrix<const T> x;
  Matrices<const T> v;
  Normalization normalization;
  const T* g;
  bool shared;
  const T* norm;
  const T* scale;
  const T* tau;
  const T* alpha;
  RegularizerTerm<T> term;
  bool keep_zeros;
  T* dg_rows;
  LayerGradient<T> gradient;
};

/// out = M r or M^T q       forward: in [cols], out [rows]; transposed: in [rows], out [cols]
template <typename T>
struct PathProduct {
  Bound bound;
  Weights<T> w;
  bool residual;
  bool transposed;
  const T* in;
  T* out;
};

/// One factor of the closed form: sum_i |g_i|, plus 1 for a residual block.      dg: the gradient is added; null: none
template <typename T>
struct PathFactor {
  const T* g;
  Index length;
  bool residual;
  T* dg;
};

/// `factors` are on the host. value = product of all factors;  dg += weight * (product of the others) * sign(g)
template <typename T>
struct PathNormClosed {
  const PathFactor<T>* factors;
  int count;
  T weight;
  double* value;
};

/// Loss of each row and its gradient (method, section 6), where the loss is the mean of weight_i loss_i.
///   df = scale * d loss / d f;  null: none        y [n, targets_of(loss, outputs)]; row_loss [n] sums to the loss
template <typename T>
struct LossGradient {
  Loss loss;
  Matrix<const T> f;
  const T* y;
  const T* weights;
  T scale;
  Matrix<T> df;
  double* row_loss;
};

/// out_k = x_order[first + k]      rows of width `cols`; first null: 0
template <typename T>
struct GatherRows {
  Matrix<const T> x;
  const Index* order;
  const Index* first;
  Matrix<T> out;
};

/// A figure for each row of each matrix, share [count * rows], matrix by matrix.
///   near        1 - exp(H) / cols, H the entropy of |v| / sum |v|; 1 for a row of zeros
///   exact       fraction of j with v_ij = 0; 1 where g_i = 0
///   projected   fraction of j that the projection of `scale` v / |v~|_1 (scale 0: of v) sets to 0; 1 where g_i = 0
template <typename T>
struct RowSparsity {
  enum class Kind { Near, Exact, Projected } kind;
  Matrices<const T> v;
  const T* g;
  bool shared;
  bool keep_zeros;
  T scale;
  double* share;
};

/// value = sum_s |W_s|^2       row_sums [rows] is scratch
template <typename T>
struct SquaredNorm {
  Weights<T> w;
  double* row_sums;
  double* value;
};

/// value = sum_i x_i
template <typename T>
struct Sum {
  const T* x;
  Index count;
  double* value;
};

/// value = sum of row figures, such as those of a LossGradient
struct SumRows {
  const double* x;
  Index count;
  double* value;
};

/// What changes from step to step: the rate of Adam, the blend of weights, the first row of the batch in its order.
template <typename T>
struct StepSettings {
  AdamRate<T> rate;
  T alpha;
  Index first;
};

/// settings = plan[next], then next += 1
template <typename T>
struct NextStep {
  const StepSettings<T>* plan;
  Index* next;
  StepSettings<T>* settings;
};

/// total = share * value, plus, unless it begins with this, total
struct AddShare {
  const double* value;
  double share;
  bool begins;
  double* total;
};

/// Goes on with a log, a ring of `capacity`: diverged becomes true where a figure is not finite; then the figures, and
/// 1 or 0 for diverged, take places end, end + 1, ..., and end grows by count + 1. diverged null: it is 0.
struct AppendFigures {
  const double* figures;
  Index count;
  bool* diverged;
  double* log;
  Index capacity;
  Index* end;
};

/// to = from, unless diverged
template <typename T>
struct Keep {
  const T* from;
  Index count;
  const bool* diverged;
  T* to;
};

/// All layers of a network whose weights are mostly zeros (sparse.h).
template <typename T>
struct SparseForward;

/// Every operation: the method of a backend, and its argument, of which T is the type of numbers.
#define PSILON_OPERATIONS(X)                       \
  X(linear_forward, LinearForward<T>)              \
  X(linear_backward_input, LinearBackwardInput<T>) \
  X(weights_backward, WeightsBackward<T>)          \
  X(sparse_forward, SparseForward<T>)              \
  X(row_scales, RowScales<T>)                      \
  X(scale_rows, ScaleRows<T>)                      \
  X(thresholds, Thresholds<T>)                     \
  X(blend, Blend<T>)                               \
  X(path_product, PathProduct<T>)                  \
  X(path_norm_closed, PathNormClosed<T>)           \
  X(loss_gradient, LossGradient<T>)                \
  X(adam, Adam<T>)                                 \
  X(gather_rows, GatherRows<T>)                    \
  X(row_sparsity, RowSparsity<T>)                  \
  X(squared_norm, SquaredNorm<T>)                  \
  X(sum, Sum<T>)                                   \
  X(sum_rows, SumRows)                             \
  X(next_step, NextStep<T>)                        \
  X(add_share, AddShare)                           \
  X(append_figures, AppendFigures)                 \
  X(keep, Keep<T>)

}  // namespace psilon
