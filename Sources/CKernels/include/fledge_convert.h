// Conversions between element types.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// IEEE 754 binary16 ↔ float32, exact on every value; to half: to nearest, ties to even, overflow to
/// ±∞, subnormals kept, NaN stays a (quiet) NaN.
void fledge_convert_f16_to_f32(const uint16_t *x, float *y, ptrdiff_t n);
void fledge_convert_f32_to_f16(const float *x, uint16_t *y, ptrdiff_t n);

/// bfloat16 (the upper half of a float32) ↔ float32; to nearest, ties to even.
void fledge_convert_bf16_to_f32(const uint16_t *x, float *y, ptrdiff_t n);
void fledge_convert_f32_to_bf16(const float *x, uint16_t *y, ptrdiff_t n);

// The pairs that are common: float32 to int64 truncates towards zero and saturates, NaN becomes 0;
// int64 to int32 keeps the low bits; anything to bool (a byte, 0 or 1) is x ≠ 0.
#define FLEDGE_CONVERT(from, From, to, To) \
  void fledge_convert_##from##_to_##to(const From *x, To *y, ptrdiff_t n);
FLEDGE_CONVERT(f32, float, f64, double)
FLEDGE_CONVERT(f64, double, f32, float)
FLEDGE_CONVERT(f32, float, i64, int64_t)
FLEDGE_CONVERT(f32, float, bool, uint8_t)
FLEDGE_CONVERT(u8, uint8_t, f32, float)
FLEDGE_CONVERT(u8, uint8_t, f64, double)
FLEDGE_CONVERT(u8, uint8_t, i64, int64_t)
FLEDGE_CONVERT(i32, int32_t, f32, float)
FLEDGE_CONVERT(i32, int32_t, i64, int64_t)
FLEDGE_CONVERT(i64, int64_t, f32, float)
FLEDGE_CONVERT(i64, int64_t, f64, double)
FLEDGE_CONVERT(i64, int64_t, i32, int32_t)
FLEDGE_CONVERT(i64, int64_t, bool, uint8_t)
#undef FLEDGE_CONVERT

#pragma clang assume_nonnull end
