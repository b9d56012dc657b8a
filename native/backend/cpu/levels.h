#pragma once

/// Calls the macro `use` with each level of the processor's instructions that kernels are compiled for, lowest first.
#if defined(__x86_64__)
#define PSILON_LEVELS(use) use(baseline) use(avx2) use(avx512)
#else
#define PSILON_LEVELS(use) use(neon)
#endif
