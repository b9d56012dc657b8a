#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

#include "support/error.h"

/// Public words: the names of the values of an enum, as users write and read them. The table of words is beside the
/// enum, in the order of all lists; a test requires the same in lib/words.ts.
namespace psilon {

template <typename Enum>
struct Word {
  const char* name;
  Enum value;
};

/// The table of an enum. An entry has `name`, `value` and any traits.
template <typename Enum>
inline constexpr std::nullptr_t kWords = nullptr;

template <typename Enum>
concept HasWords = std::is_enum_v<Enum> && !std::is_null_pointer_v<std::remove_cv_t<decltype(kWords<Enum>)>>;

/// The entry of a value.
template <HasWords Enum>
constexpr const auto& word_of(Enum value) {
  for (const auto& word : kWords<Enum>)
    if (word.value == value) return word;
  throw Error("ERR_NATIVE", "a value has no name");
}

template <HasWords Enum>
constexpr const char* name_of(Enum value) {
  return word_of(value).name;
}

template <HasWords Enum>
Enum by_name(std::string_view name) {
  for (const auto& word : kWords<Enum>)
    if (word.name == name) return word.value;
  throw Error("ERR_OPTION", "unknown name \"" + std::string(name) + "\"");
}

}  // namespace psilon
