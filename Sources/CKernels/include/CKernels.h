// C SIMD kernels. One header, so that Swift imports one module.
#pragma once
#include <stddef.h>
#include <stdint.h>
