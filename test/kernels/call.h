#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "backend/backend.h"

namespace psilon::kernels {

/// Numbers of a test, each a value of the type under test.
using Values = std::vector<double>;

/// Raw weights of a layer, and figures that go with each row.
struct Layer {
  int count;
  Index rows;
  Index cols;
  Values v[2];
};

/// What one call left in one of its outputs.
struct Output {
  const char* name;
  Values values;
  std::vector<std::byte> bits;
  double tolerance;  // of an error relative to the greatest value or 1
  bool exact_zeros;  // zeros have to be zeros
};

/// The memory of one call of an operation. Each argument lies between margins that nobody may write; what is not
/// written yet, and the margins, are NaN.
template <typename T>
class Call {
 public:
  /// margin: in bytes, a multiple of 8; so it says whether addresses are multiples of a vector's size.
  explicit Call(Backend<T>& device, std::size_t margin = 72) : backend(device), margin_(margin) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    for (const Region& region : regions_) backend.release(region.memory, region.initial.size());
  }

  Backend<T>& backend;

  /// null for no values
  const T* in(const Values& values) { return values.empty() ? nullptr : place<T>(values); }
  const bool* in_flag(bool value) { return place<bool>(Values{value ? 1.0 : 0.0}); }
  const Index* in(const std::vector<Index>& values) { return place<Index>(values); }
  const std::uint32_t* in(const std::vector<std::uint32_t>& values) { return place<std::uint32_t>(values); }
  const double* in_double(const Values& values) { return place<double>(values); }
  const AdamRate<T>* in(const AdamRate<double>& rate) {
    const auto [beta1, beta2, fresh1, fresh2, step, inverse_root] = rate;
    return reinterpret_cast<const AdamRate<T>*>(in(Values{beta1, beta2, fresh1, fresh2, step, inverse_root}));
  }
  const StepSettings<T>* in(const std::vector<StepSettings<double>>& plan) {
    std::vector<std::byte> bytes(2 * margin_ + plan.size() * sizeof(StepSettings<T>), kNan);
    std::size_t at = margin_;
    for (const auto& [rate, alpha, first] : plan) {
      const auto [beta1, beta2, fresh1, fresh2, step, inverse_root] = rate;
      const auto number = [](double x) { return static_cast<T>(x); };
      const StepSettings<T> settings{
          {number(beta1), number(beta2), number(fresh1), number(fresh2), number(step), number(inverse_root)},
          number(alpha),
          first};
      std::memcpy(bytes.data() + at, &settings, sizeof settings);
      at += sizeof settings;
    }
    return reinterpret_cast<const StepSettings<T>*>(add<std::byte>(std::move(bytes), Use::Input));
  }
  Matrix<const T> in(const Values& values, Index rows, Index cols) { return {in(values), rows, cols}; }
  Matrices<const T> in(const Layer& layer) {
    return {{in(layer.v[0]), in(layer.v[1])}, layer.count, layer.rows, layer.cols};
  }

  /// Written without being read.
  T* out(const char* name, Index count, double tolerance) { return vacant<T>(name, count, tolerance); }
  double* out_double(const char* name, Index count, double tolerance) { return vacant<double>(name, count, tolerance); }
  Matrix<T> out(const char* name, Index rows, Index cols, double tolerance) {
    return {out(name, rows * cols, tolerance), rows, cols};
  }
  Matrices<T> out(const char* name, const Layer& shape, double tolerance) {
    const Index size = shape.rows * shape.cols;
    Matrices<T> all{{}, shape.count, shape.rows, shape.cols};
    for (int s = 0; s < shape.count; s++) all.data[s] = out(name, size, tolerance);
    return all;
  }
  /// Zeros of the reference have to be zeros in the last output.
  void exact_zeros() { regions_.back().exact_zeros = true; }
  /// Memory that an operation may use and leave as it likes.
  T* scratch(Index count) { return unobserved<T>(count); }
  double* scratch_double(Index count) { return unobserved<double>(count); }
  StepSettings<T>* scratch_settings() {
    return reinterpret_cast<StepSettings<T>*>(unobserved<std::byte>(sizeof(StepSettings<T>)));
  }

  /// Read and written.
  T* change(const char* name, const Values& values, double tolerance) {
    T* data = place<T>(values);
    observe(name, tolerance);
    return data;
  }
  bool* change_flag(const char* name, bool value) {
    bool* data = place<bool>(Values{value ? 1.0 : 0.0});
    observe(name, 0);
    return data;
  }
  Index* change_index(const char* name, Index value) {
    Index* data = place<Index>(std::vector<Index>{value});
    observe(name, 0);
    return data;
  }
  double* change_double(const char* name, const Values& values) {
    double* data = place<double>(values);
    observe(name, 0);
    return data;
  }
  Matrices<T> change(const char* name, const Layer& layer, double tolerance) {
    Matrices<T> all{{}, layer.count, layer.rows, layer.cols};
    for (int s = 0; s < layer.count; s++) all.data[s] = change(name, layer.v[s], tolerance);
    return all;
  }

  /// What the outputs hold.
  std::vector<Output> outputs() {
    std::vector<Output> all;
    for (const Region& region : regions_) {
      if (region.use != Use::Output) continue;
      auto bits = read(region);
      bits.erase(bits.begin(), bits.begin() + static_cast<std::ptrdiff_t>(margin_));
      bits.resize(bits.size() - margin_);
      all.push_back({region.name, region.decode(bits), bits, region.tolerance, region.exact_zeros});
    }
    return all;
  }

  /// What was written where nothing may be written, or "".
  std::string trespass() {
    for (const Region& region : regions_) {
      const auto now = read(region);
      const auto same = [&](std::size_t from, std::size_t to) {
        return std::equal(now.begin() + static_cast<std::ptrdiff_t>(from),
                          now.begin() + static_cast<std::ptrdiff_t>(to),
                          region.initial.begin() + static_cast<std::ptrdiff_t>(from));
      };
      if (!same(0, margin_)) return std::string("wrote before ") + region.name;
      if (!same(now.size() - margin_, now.size())) return std::string("wrote behind ") + region.name;
      if (region.use == Use::Input && !same(0, now.size())) return "changed an input";
    }
    return "";
  }

 private:
  enum class Use { Input, Output, Scratch };

  struct Region {
    const char* name;
    std::byte* memory;
    std::vector<std::byte> initial;  // margins included
    Use use;
    Values (*decode)(const std::vector<std::byte>&);
    double tolerance = 0;
    bool exact_zeros = false;
  };

  static constexpr std::byte kNan{0xff};

  template <typename Item>
  static Values decode(const std::vector<std::byte>& bits) {
    Values values;
    for (std::size_t at = 0; at < bits.size(); at += sizeof(Item)) {
      Item item;
      std::memcpy(&item, bits.data() + at, sizeof(Item));
      values.push_back(static_cast<double>(item));
    }
    return values;
  }

  /// NaN in single and double precision, another for each argument, so that one written into another's margin shows.
  void mark(std::byte* margin) const {
    const auto word = static_cast<std::uint32_t>(0xffff0000u + regions_.size());
    for (std::size_t at = 0; at < margin_; at += sizeof word) std::memcpy(margin + at, &word, sizeof word);
  }

  template <typename Item>
  Item* add(std::vector<std::byte> initial, Use use) {
    mark(initial.data());
    mark(initial.data() + initial.size() - margin_);
    auto* memory = static_cast<std::byte*>(backend.allocate(initial.size()));
    backend.upload(memory, initial.data(), initial.size());
    // a bool that is neither true nor false must not be read as one
    using Stored = std::conditional_t<std::is_same_v<Item, bool>, unsigned char, Item>;
    regions_.push_back({"an input", memory, std::move(initial), use, decode<Stored>});
    return reinterpret_cast<Item*>(memory + margin_);
  }

  template <typename Item, typename From>
  Item* place(const std::vector<From>& values) {
    std::vector<std::byte> bytes(2 * margin_ + values.size() * sizeof(Item), kNan);
    std::size_t at = margin_;
    for (const From value : values) {
      const Item item = static_cast<Item>(value);
      std::memcpy(bytes.data() + at, &item, sizeof(Item));
      at += sizeof(Item);
    }
    return add<Item>(std::move(bytes), Use::Input);
  }

  template <typename Item>
  Item* unobserved(Index count) {
    return add<Item>(std::vector<std::byte>(2 * margin_ + static_cast<std::size_t>(count) * sizeof(Item), kNan),
                     Use::Scratch);
  }

  template <typename Item>
  Item* vacant(const char* name, Index count, double tolerance) {
    Item* data = unobserved<Item>(count);
    observe(name, tolerance);
    return data;
  }

  void observe(const char* name, double tolerance) {
    regions_.back().name = name;
    regions_.back().use = Use::Output;
    regions_.back().tolerance = tolerance;
  }

  std::vector<std::byte> read(const Region& region) {
    std::vector<std::byte> bytes(region.initial.size());
    backend.download(bytes.data(), region.memory, bytes.size());
    return bytes;
  }

  const std::size_t margin_;
  std::vector<Region> regions_;
};

}  // namespace psilon::kernels
