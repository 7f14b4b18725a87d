// The layout of a block of weights, for the kernels that read and write them.
#pragma once
#include "half.h"

#include <stdbool.h>

enum { BLOCK_WIDTH = 32 };

/// Bytes of a block in the formats that products read.
FLEDGE_INLINE ptrdiff_t bytes_of_block(fledge_block_format format) {
  return format == FLEDGE_Q8_0 ? 34 : format == FLEDGE_Q4_1 ? 20 : 18;
}

FLEDGE_INLINE uint16_t half_bits(const uint8_t *bytes) {
  uint16_t h;
  __builtin_memcpy(&h, bytes, sizeof h);
  return h;
}

FLEDGE_INLINE float half_at(const uint8_t *bytes) { return float_of_half(half_bits(bytes)); }

FLEDGE_INLINE void put_half(float x, uint8_t *bytes) {
  uint16_t h = half_of_float(x);
  __builtin_memcpy(bytes, &h, sizeof h);
}
