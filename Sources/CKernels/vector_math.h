// Elementary functions in float32, branch-free, so that a loop over them becomes vector code.
//
// Ranges are reduced in the manner of Cody & Waite (1980) and of Cephes (Moshier), and the
// polynomials on the reduced ranges are our own minimax fits (Remez exchange, relative error). The
// error given with each function is the largest against libm in double over every 97th float (units
// in the last place of the result), and holds with and without fused multiply-add.
#pragma once
#include "support.h"

FLEDGE_INLINE uint32_t bits_of(float x) {
  uint32_t u;
  __builtin_memcpy(&u, &x, sizeof u);
  return u;
}

FLEDGE_INLINE float float_of(uint32_t u) {
  float x;
  __builtin_memcpy(&x, &u, sizeof x);
  return x;
}

FLEDGE_INLINE uint64_t bits_of_double(double x) {
  uint64_t u;
  __builtin_memcpy(&u, &x, sizeof u);
  return u;
}

/// Comparisons are written so that a NaN passes through.
FLEDGE_INLINE float at_least(float x, float low) { return x < low ? low : x; }
FLEDGE_INLINE float at_most(float x, float high) { return x > high ? high : x; }

// Adding 1.5 · 2²³ leaves no room for a fraction: the sum's low bits are the nearest integer.
#define ROUNDING_SHIFT 12582912.0f
// The same for exponents, and 254 more, twice their bias: the low nine bits k + 254 are ready to become
// factors 2ᵏ.
#define EXPONENT_SHIFT (ROUNDING_SHIFT + 254.0f)
// ln 2 in two parts; the first has so few bits that its product with an exponent is exact.
#define LN2_HIGH 0.693359375f
#define LN2_LOW -2.12194440e-4f
#define LOG2_E 1.44269504088896341f

/// x = k ln 2 + r with |r| ≤ ½ ln 2; returns r, and a number whose low nine bits are k + 254.
FLEDGE_INLINE float reduce_ln2(float x, uint32_t *biased) {
  float shifted = x * LOG2_E + EXPONENT_SHIFT;
  *biased = bits_of(shifted);
  float k = shifted - EXPONENT_SHIFT;
  return (x - k * LN2_HIGH) - k * LN2_LOW;
}

/// The power of two with this biased exponent. Bits above the low nine do not count.
FLEDGE_INLINE float power_of_two(uint32_t biased) { return float_of(biased << 23); }

/// eʳ − 1 = r + r² P(r), P of degree 4 (error 2⁻²⁸ of eʳ), for |r| ≤ ½ ln 2.
FLEDGE_INLINE float expm1_reduced(float r) {
  float p = 1.38146023e-3f;
  p = p * r + 8.36872403e-3f;
  p = p * r + 4.16683890e-2f;
  p = p * r + 1.66665211e-1f;
  p = p * r + 0.49999994f;
  return r * r * p + r;
}

/// eˣ for −104 ≤ x ≤ 89. Multiplies by two factors, since neither 2¹²⁸ nor anything below 2⁻¹²⁶ is
/// a normal float; the last product rounds, as results below 2⁻¹²⁶ must. (A sum in the exponent's
/// bits would be one operation less, and would turn some NaN into numbers.)
FLEDGE_INLINE float exp_in_range(float x) {
  uint32_t biased;
  float p = expm1_reduced(reduce_ln2(x, &biased));
  uint32_t half = biased >> 1;
  float s = power_of_two(half);
  return (s * p + s) * power_of_two(biased - half);
}

/// eˣ.
FLEDGE_INLINE float vm_exp(float x) {
  return exp_in_range(at_most(at_least(x, -104.0f), 89.0f));
}

/// eˣ for x ≤ 0, and up to 40 besides: 2ᵏ⁺⁶⁴ is a factor for every such k.
FLEDGE_INLINE float exp_nonpositive(float x) {
  uint32_t biased;
  float p = expm1_reduced(reduce_ln2(at_least(x, -104.0f), &biased));
  float s = power_of_two(biased - 63);
  return (s * p + s) * 0x1p-64f;
}

/// eˣ − 1 for −18 ≤ x ≤ 89: with s = 2ᵏ⁻¹, twice s p + (s − ½). P of degree 5 (error 2⁻³²), since what
/// is exact for eʳ is not for the much smaller eʳ − 1.
FLEDGE_INLINE float expm1_in_range(float x) {
  uint32_t biased;
  float r = reduce_ln2(x, &biased);
  float p = 1.98457252e-4f;
  p = p * r + 1.39409303e-3f;
  p = p * r + 8.33339042e-3f;
  p = p * r + 4.16663574e-2f;
  p = p * r + 1.66666664e-1f;
  p = p * r + 0.5f;
  p = r * r * p + r;
  float s = power_of_two(biased - 128);
  return 2.0f * (s * p + (s - 0.5f));
}

/// eˣ − 1.
FLEDGE_INLINE float vm_expm1(float x) {
  float y = expm1_in_range(at_most(at_least(x, -18.0f), 89.0f));
  return __builtin_fabsf(x) < 1e-8f ? x : y;
}

/// ln m + e ln 2 + correction for m = 1 + f between √½ and √2:
/// ln(1 + f) = f − f²/2 + f³ P(f), P of degree 8 (error 2⁻³⁰).
FLEDGE_INLINE float log_of_parts(float f, float e, float correction) {
  float p = 6.74759001e-2f;
  p = p * f - 1.16761580e-1f;
  p = p * f + 1.18879944e-1f;
  p = p * f - 1.24054998e-1f;
  p = p * f + 1.42195672e-1f;
  p = p * f - 1.66680008e-1f;
  p = p * f + 2.00021178e-1f;
  p = p * f - 2.50000089e-1f;
  p = p * f + 3.33333135e-1f;
  float square = f * f;
  float tail = f * square * p + (e * LN2_LOW + correction);
  tail = tail - 0.5f * square;
  return (f + tail) + e * LN2_HIGH;
}

/// Splits a normal x > 0 into 2ᵉ (1 + f) with 1 + f between √½ and √2; returns f.
FLEDGE_INLINE float split_exponent(float x, float *e) {
  const uint32_t root_half = 0x3f3504f3u;
  uint32_t u = bits_of(x) - root_half;
  *e = (float)((int32_t)u >> 23);
  return float_of((u & 0x007fffffu) + root_half) - 1.0f;
}

/// ln x, with the values of C's log at 0, ∞, NaN and below 0.
FLEDGE_INLINE float vm_log(float x) {
  int subnormal = x < 1.17549435e-38f;
  float e;
  float f = split_exponent(subnormal ? x * 8388608.0f : x, &e);
  float y = log_of_parts(f, subnormal ? e - 23.0f : e, 0.0f);
  y = x == 0.0f ? -__builtin_inff() : y;
  y = x < 0.0f ? __builtin_nanf("") : y;
  return x < __builtin_inff() ? y : x;  // ∞ and NaN are their own logarithms
}

/// ln(1 + x). What u = 1 + x lost by rounding comes back as a first-order correction c / u.
FLEDGE_INLINE float vm_log1p(float x) {
  float u = 1.0f + x;
  float c = x < 1.0f ? x - (u - 1.0f) : 1.0f - (u - x);
  float e;
  float f = split_exponent(u, &e);
  float y = log_of_parts(f, e, c / u);
  y = u == 0.0f ? -__builtin_inff() : y;
  y = u < 0.0f ? __builtin_nanf("") : y;
  y = __builtin_fabsf(x) < 1e-8f ? x : y;
  return x < __builtin_inff() ? y : x;
}

/// tanh|x| = t / (t + 2) with t = e^(2|x|) − 1.
FLEDGE_INLINE float vm_tanh(float x) {
  float t = expm1_in_range(2.0f * at_most(__builtin_fabsf(x), 10.0f));
  return __builtin_copysignf(t / (t + 2.0f), x);
}

/// 1 / (1 + e⁻ˣ), through e^−|x| so that neither end loses digits.
FLEDGE_INLINE float vm_sigmoid(float x) {
  float z = exp_nonpositive(-__builtin_fabsf(x));
  return (x < 0.0f ? z : 1.0f) / (1.0f + z);
}

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|).
FLEDGE_INLINE float vm_softplus(float x) {
  float z = exp_nonpositive(-__builtin_fabsf(x));
  return at_least(x, 0.0f) + vm_log1p(z);
}

/// x · sigmoid(x); the limit 0 at −∞.
FLEDGE_INLINE float vm_silu(float x) { return at_least(x, -200.0f) * vm_sigmoid(x); }

/// x/2 (1 + tanh u) = x · sigmoid(2u),  2u = 2 √(2/π) (x + 0.044715 x³). This form keeps a relative
/// error below (4 + |2u|) ulp where 1 + tanh u loses every digit; the limit 0 at −∞.
FLEDGE_INLINE float vm_gelu_tanh(float x) {
  float two_u = x * (1.59576912f + 0.0713548163f * x * x);
  return at_least(x, -200.0f) * vm_sigmoid(two_u);
}

/// The upper tail of the normal distribution over its kernel: (1 − Φ(x)) e^(x²/2) for 0 ≤ x ≤ 15, as
/// t P(t), t = 1 / (1 + 0.3 x), the form of Abramowitz & Stegun 7.1.26 with P of degree 9 (2⁻²⁸).
FLEDGE_INLINE float normal_tail_ratio(float x) {
  float t = 1.0f / (1.0f + 0.3f * x);
  float p = -2.06286069e-2f;
  p = p * t + 1.12464510e-1f;
  p = p * t - 2.28284165e-1f;
  p = p * t + 1.91882506e-1f;
  p = p * t - 7.95085654e-2f;
  p = p * t + 9.62046310e-2f;
  p = p * t + 7.83723146e-2f;
  p = p * t + 1.10239327e-1f;
  p = p * t + 1.19571321e-1f;
  p = p * t + 1.19686715e-1f;
  return t * p;
}

/// erf x: x + x P(x²) with P of degree 6 up to |x| = 1 (2⁻²⁹), above it 1 − 2 (1 − Φ(√2 |x|)).
FLEDGE_INLINE float vm_erf(float x) {
  float a = at_most(__builtin_fabsf(x), 5.0f);
  float z = a * a;
  float p = 7.85384982e-5f;
  p = p * z - 8.01020244e-4f;
  p = p * z + 5.18833054e-3f;
  p = p * z - 2.68538147e-2f;
  p = p * z + 1.12835854e-1f;
  p = p * z - 3.76126260e-1f;
  p = p * z + 1.28379166e-1f;
  float near_zero = a * p + a;
  float far = 1.0f - 2.0f * exp_nonpositive(-z) * normal_tail_ratio(1.41421356f * a);
  return __builtin_copysignf(a < 1.0f ? near_zero : far, x);
}

/// x Φ(x) = max(x, 0) − |x| (1 − Φ(|x|)); the limit 0 at −∞.
FLEDGE_INLINE float vm_gelu_erf(float x) {
  float a = at_most(__builtin_fabsf(x), 15.0f);
  return at_least(x, 0.0f) - a * (exp_nonpositive(-0.5f * a * a) * normal_tail_ratio(a));
}

/// Where the reduction below stops being exact; sin and cos of larger arguments go through libm.
#define TRIGONOMETRIC_LIMIT 1.0e6f

/// x = q π/2 + r with |r| ≤ π/4, for |x| ≤ TRIGONOMETRIC_LIMIT. Computed in double, with only 33
/// bits in the first part of π/2, so that its product with q is exact.
FLEDGE_INLINE float reduce_quadrant(float x, uint32_t *q) {
  const double shift = 6755399441055744.0;  // 1.5 · 2⁵²
  double shifted = (double)x * 0.63661977236758134 + shift;
  double turns = shifted - shift;
  *q = (uint32_t)bits_of_double(shifted);
  return (float)(((double)x - turns * 1.57079632673412561417) - turns * 6.07710050650619224932e-11);
}

/// sin r = r + r³ P(r²), P of degree 2 (2⁻²⁸), for |r| ≤ π/4.
FLEDGE_INLINE float sin_reduced(float r) {
  float z = r * r;
  float p = -1.95160042e-4f;
  p = p * z + 8.33216868e-3f;
  p = p * z - 1.66666552e-1f;
  return r * z * p + r;
}

/// cos r = 1 − r²/2 + r⁴ P(r²), P of degree 2 (2⁻³³), for |r| ≤ π/4.
FLEDGE_INLINE float cos_reduced(float r) {
  float z = r * r;
  float p = 2.44370221e-5f;
  p = p * z - 1.38873560e-3f;
  p = p * z + 4.16666456e-2f;
  return z * z * p + (1.0f - 0.5f * z);
}

/// sin of q π/2 + r.
FLEDGE_INLINE float sin_of_quadrant(uint32_t q, float r) {
  float y = q & 1 ? cos_reduced(r) : sin_reduced(r);
  return float_of(bits_of(y) ^ (q & 2) << 30);
}

FLEDGE_INLINE float vm_sin(float x) {
  uint32_t q;
  float r = reduce_quadrant(x, &q);
  return sin_of_quadrant(q, r);
}

FLEDGE_INLINE float vm_cos(float x) {
  uint32_t q;
  float r = reduce_quadrant(x, &q);
  return sin_of_quadrant(q + 1, r);
}
