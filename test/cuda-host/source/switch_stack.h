#pragma once

#include <array>
#include <cstdint>

/// Pushes the registers that a callee keeps, stores the stack pointer in *left, takes the other one and pops them
/// again. No _longjmp: AddressSanitizer's own one makes a system call and forgets the bounds of all local arrays.
extern "C" void psilon_switch_stack(void** left, void* entered) asm("psilon_switch_stack");

#if defined(__x86_64__)

asm(R"(
.text
psilon_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
)");

namespace psilon::cuda_host {

/// What a stack holds whose first switch calls `entry`: 6 registers, the return address, and 0 as that of `entry`.
inline std::array<std::uintptr_t, 8> first_frame(void (*entry)()) {
  return {0, 0, 0, 0, 0, 0, reinterpret_cast<std::uintptr_t>(entry), 0};
}

}  // namespace psilon::cuda_host

#elif defined(__aarch64__)

asm(R"(
.text
.balign 4
psilon_switch_stack:
  stp x29, x30, [sp, #-160]!
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  stp x23, x24, [sp, #48]
  stp x25, x26, [sp, #64]
  stp x27, x28, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #64]
  ldp x27, x28, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  ldp x29, x30, [sp], #160
  ret
)");

namespace psilon::cuda_host {

/// What a stack holds whose first switch calls `entry`: x29, x30 and 18 registers.
inline std::array<std::uintptr_t, 20> first_frame(void (*entry)()) {
  return {0, reinterpret_cast<std::uintptr_t>(entry)};
}

}  // namespace psilon::cuda_host

#endif
