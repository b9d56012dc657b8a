#include "settings.h"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "fail.h"

namespace psilon::cuda_host {

namespace {

[[noreturn]] void refuse(const char* variable, std::string_view value, const char* expected) {
  fail(std::string(variable) + " is \"" + std::string(value) + "\", expected " + expected);
}

/// A positive number that fills the text.
template <typename T>
std::optional<T> number(std::string_view text, T least = 1) {
  T value{};
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || value < least) return std::nullopt;
  return value;
}

void read_order(Settings& settings, const char* variable, std::string_view value) {
  if (value == "forward")
    settings.order = Order::Forward;
  else if (value == "backward")
    settings.order = Order::Backward;
  else if (value == "shuffled")
    settings.order = Order::Shuffled;
  else
    refuse(variable, value, "forward, backward or shuffled");
}

void read_memory(Settings& settings, const char* variable, std::string_view value) {
  const auto bytes = number<std::size_t>(value);
  if (!bytes) refuse(variable, value, "a positive number of bytes");
  settings.memory = *bytes;
}

void read_failure(Settings& settings, const char* variable, std::string_view value) {
  const auto colon = value.find(':');
  const std::string_view subject = value.substr(0, colon);
  const std::string_view detail = colon == value.npos ? "" : value.substr(colon + 1);
  const auto point = detail.find('.');
  if (value == "device:none") {
    settings.absent = cudaErrorNoDevice;
  } else if (value == "device:busy") {
    settings.busy = true;
  } else if (value == "driver:none") {
    settings.absent = cudaErrorInsufficientDriver;
  } else if (const auto launch = number<long>(detail); subject == "launch" && launch) {
    settings.failing_launch = *launch;
  } else if (const auto allocation = number<long>(detail); subject == "allocation" && allocation) {
    settings.failing_allocation = *allocation;
  } else if (subject == "capability" && point != detail.npos && number<int>(detail.substr(0, point), 0) &&
             number<int>(detail.substr(point + 1), 0)) {
    settings.major = *number<int>(detail.substr(0, point), 0);
    settings.minor = *number<int>(detail.substr(point + 1), 0);
  } else {
    refuse(variable, value, "launch:N, allocation:N, device:none, device:busy, driver:none or capability:MAJOR.MINOR");
  }
}

Settings read() {
  Settings settings;
  const auto with = [&settings](const char* variable, void (*use)(Settings&, const char*, std::string_view)) {
    if (const char* value = std::getenv(variable)) use(settings, variable, value);
  };
  with("PSILON_CUDA_HOST_ORDER", read_order);
  with("PSILON_CUDA_HOST_MEMORY", read_memory);
  with("PSILON_CUDA_HOST_FAIL", read_failure);
  return settings;
}

}  // namespace

const Settings& settings() {
  static const Settings read_once = read();
  return read_once;
}

}  // namespace psilon::cuda_host
