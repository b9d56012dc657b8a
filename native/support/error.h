#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace psilon {

/// A failure with a stable code and a message, before which JavaScript puts the name of the called method; `details`
/// are figures that belong to it, such as the epoch of a non-finite loss.
class Error : public std::runtime_error {
 public:
  using Details = std::vector<std::pair<const char*, double>>;

  Error(const char* code, const std::string& message, Details details = {})
      : std::runtime_error(message), code_(code), details_(std::move(details)) {}

  const char* code() const { return code_; }
  const Details& details() const { return details_; }

 private:
  const char* code_;
  Details details_;
};

}  // namespace psilon
