// Conversions between element types.
#include "half.h"

FLEDGE_INLINE uint16_t bfloat_of_float(float x) {
  uint32_t u = bits_of(x);
  uint32_t rounded = (u + 0x7fffu + (u >> 16 & 1)) >> 16;
  return (uint16_t)(x != x ? (u >> 16 | 0x0040u) : rounded);
}

/// NaN to 0, and the ends of the range where the value lies beyond.
FLEDGE_INLINE int64_t i64_of_f32(float x) {
  int64_t y = (int64_t)(x > -0x1p63f && x < 0x1p63f ? x : 0);
  y = x <= -0x1p63f ? INT64_MIN : y;
  return x >= 0x1p63f ? INT64_MAX : y;
}

#define CONVERT(from, From, to, To, expression)                                               \
  FLEDGE_CLONES void fledge_convert_##from##_to_##to(const From *input, To *y, ptrdiff_t n) { \
    FLEDGE_VECTORIZE                                                                          \
    for (ptrdiff_t i = 0; i < n; i++) {                                                       \
      From x = input[i];                                                                      \
      y[i] = expression;                                                                      \
    }                                                                                         \
  }

CONVERT(f16, uint16_t, f32, float, float_of_half(x))
CONVERT(f32, float, f16, uint16_t, half_of_float(x))
CONVERT(bf16, uint16_t, f32, float, float_of((uint32_t)x << 16))
CONVERT(f32, float, bf16, uint16_t, bfloat_of_float(x))

CONVERT(f32, float, f64, double, (double)x)
CONVERT(f64, double, f32, float, (float)x)
CONVERT(f32, float, i64, int64_t, i64_of_f32(x))
CONVERT(f32, float, bool, uint8_t, x != 0)
CONVERT(u8, uint8_t, f32, float, (float)x)
CONVERT(u8, uint8_t, f64, double, (double)x)
CONVERT(u8, uint8_t, i64, int64_t, (int64_t)x)
CONVERT(i32, int32_t, f32, float, (float)x)
CONVERT(i32, int32_t, i64, int64_t, (int64_t)x)
CONVERT(i64, int64_t, f32, float, (float)x)
CONVERT(i64, int64_t, f64, double, (double)x)
CONVERT(i64, int64_t, i32, int32_t, (int32_t)x)
CONVERT(i64, int64_t, bool, uint8_t, x != 0)
