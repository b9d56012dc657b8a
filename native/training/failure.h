#pragma once

#include <new>
#include <optional>

#include "support/error.h"

namespace psilon {

/// The error of work().
template <typename Work>
std::optional<Error> failure_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error("ERR_MEMORY", "memory ran out");
  }
  return std::nullopt;
}

}  // namespace psilon
