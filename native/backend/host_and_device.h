#pragma once

/// For formulas that the CPU and GPUs share: the mark of a function, and the namespace, which differs with the CPU's
/// instructions, so that the linker takes no function for one with others.
#ifdef __CUDACC__
#define PSILON_HOST_AND_DEVICE __host__ __device__
#else
#define PSILON_HOST_AND_DEVICE
#endif

#ifdef PSILON_LEVEL
#define PSILON_FORMULAS PSILON_LEVEL
#else
#define PSILON_FORMULAS cuda_formulas
#endif
