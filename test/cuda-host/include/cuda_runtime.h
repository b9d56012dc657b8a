#pragma once

#include <cuda_host/collectives.h>
#include <cuda_host/math.h>
#include <cuda_host/memory.h>
#include <cuda_host/runtime.h>
#include <cuda_host/types.h>
