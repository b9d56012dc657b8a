#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <cstdint>

/**
 * _dl_find_object as glibc has it since 2.35, so that a packed core runs on 2.34 (Amazon Linux 2023, Red Hat 9): the
 * unwinder of a libgcc that was built with a newer glibc asks it, and nothing else, where the tables of a function are.
 */
#ifdef DLFO_STRUCT_HAS_EH_DBASE

namespace {

using Header = ElfW(Phdr);

struct Search {
  uintptr_t pc;
  dl_find_object* found;
};

/** Whether this loaded object has `pc` in one of its segments, and tables for the unwinder. */
int look(dl_phdr_info* object, size_t, void* data) {
  auto& [pc, found] = *static_cast<Search*>(data);
  const Header* segment = nullptr;
  const Header* tables = nullptr;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const Header& header = object->dlpi_phdr[i];
    const uintptr_t start = object->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_LOAD && pc >= start && pc - start < header.p_memsz) segment = &header;
    if (header.p_type == PT_GNU_EH_FRAME) tables = &header;
  }
  if (segment == nullptr || tables == nullptr) return 0;
  const uintptr_t start = object->dlpi_addr + segment->p_vaddr;
  *found = {};
  found->dlfo_map_start = reinterpret_cast<void*>(start);
  found->dlfo_map_end = reinterpret_cast<void*>(start + segment->p_memsz);
  found->dlfo_eh_frame = reinterpret_cast<void*>(object->dlpi_addr + tables->p_vaddr);
  return 1;
}

}  // namespace

extern "C" int _dl_find_object(void* pc, dl_find_object* result) {
  Search search{reinterpret_cast<uintptr_t>(pc), result};
  return dl_iterate_phdr(look, &search) == 1 ? 0 : -1;
}

#endif
