// binary16 in integer arithmetic.
#pragma once
#include "vector_math.h"

// binary16 is 1 sign, 5 exponent (bias 15) and 10 fraction bits; binary32 1, 8 (bias 127) and 23. Both
// directions work out the cases side by side and select, so that the loop vectorises everywhere.
#define EXPONENT_GAP (112u << 23)  // the difference of the two biases, in place

FLEDGE_INLINE float float_of_half(uint16_t h) {
  uint32_t magnitude = h & 0x7fffu;
  uint32_t u = (magnitude << 13) + EXPONENT_GAP;
  u = magnitude >= 0x7c00u ? u + EXPONENT_GAP : u;  // ∞ and NaN: the largest exponent again
  float subnormal = (float)(int32_t)magnitude * 5.9604644775390625e-8f;  // multiples of 2⁻²⁴
  u = magnitude < 0x0400u ? bits_of(subnormal) : u;
  return float_of(u | (uint32_t)(h & 0x8000u) << 16);
}

FLEDGE_INLINE uint16_t half_of_float(float x) {
  uint32_t u = bits_of(x) & 0x7fffffffu;
  // Half a unit of the last place kept, less one bit if that place is even: ties go to even.
  uint32_t h = (u - EXPONENT_GAP + 0x0fffu + (u >> 13 & 1)) >> 13;
  // Below 2⁻¹⁴ the addition of ½ rounds to a multiple of 2⁻²⁴, the spacing of half's subnormals.
  uint32_t subnormal = bits_of(float_of(u) + 0.5f) - bits_of(0.5f);
  h = u < 0x38800000u ? subnormal : h;
  h = u >= 0x47800000u ? 0x7c00u : h;                          // 2¹⁶ and above, ∞
  h = u > 0x7f800000u ? 0x7e00u | (u >> 13 & 0x03ffu) : h;     // NaN, made quiet
  return (uint16_t)(h | (bits_of(x) >> 16 & 0x8000u));
}
