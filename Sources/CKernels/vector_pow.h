// xʸ for float32, computed in double: 2^(y log₂|x|), and then the special cases of C's pow.
#pragma once
#include "vector_math.h"

FLEDGE_INLINE double double_of_bits(uint64_t u) {
  double x;
  __builtin_memcpy(&x, &u, sizeof x);
  return x;
}

/// log₂ x of a normal double x > 0: with m between √½ and √2 and s = (m − 1)/(m + 1), s P(s²), P of
/// degree 5 (2⁻⁴⁵). −∞ at 0 and ∞ at ∞.
FLEDGE_INLINE double log2_double(double x) {
  const uint64_t root_half = 0x3fe6a09e667f3bcdu;
  uint64_t u = bits_of_double(x) - root_half;
  // The exponent sits in the upper word, so that 32-bit arithmetic can shift and convert it.
  double e = (double)((int32_t)(u >> 32) >> 20);
  double m = double_of_bits((u & 0x000fffffffffffffu) + root_half);
  double s = (m - 1.0) / (m + 1.0);
  double z = s * s;
  double p = 0.28289928270370531;
  p = p * z + 0.31990575525048206;
  p = p * z + 0.41220925104196578;
  p = p * z + 0.57707794237703016;
  p = p * z + 0.96179669411330522;
  p = p * z + 2.88539008177785;
  double y = s * p + e;
  y = x == 0.0 ? -__builtin_inf() : y;
  return x == __builtin_inf() ? x : y;
}

/// 2ˣ for |x| ≤ 1000: polynomial of degree 8 on |x − k| ≤ ½ (2⁻⁴⁰).
FLEDGE_INLINE double exp2_double(double x) {
  const double shift = 6755399441055744.0;  // 1.5 · 2⁵²
  double shifted = x + shift;
  double f = x - (shifted - shift);
  double p = 1.3175884070223672e-6;
  p = p * f + 1.5309738962197187e-5;
  p = p * f + 1.5403851596572277e-4;
  p = p * f + 1.3333452055525543e-3;
  p = p * f + 9.6181285431657965e-3;
  p = p * f + 5.5504109393498502e-2;
  p = p * f + 2.4022650698878127e-1;
  p = p * f + 6.9314718054651207e-1;
  p = p * f + 0.99999999999976268;
  return p * double_of_bits((bits_of_double(shifted) + 1023) << 52);
}

FLEDGE_INLINE float vm_pow(float x, float y) {
  const double shift = 6755399441055744.0;
  double log_x = log2_double((double)__builtin_fabsf(x));
  double t = log_x == 0.0 ? 0.0 : (double)y * log_x;
  t = t < -200.0 ? -200.0 : t;
  t = t > 200.0 ? 200.0 : t;
  float z = (float)exp2_double(t);

  // A float of 2²⁴ or more is an even integer.
  int small = __builtin_fabsf(y) < 16777216.0f;
  double shifted = (double)y + shift;
  int integral = !small | (shifted - shift == (double)y);
  uint32_t odd = small & integral & (int)bits_of_double(shifted);
  z = float_of(bits_of(z) ^ (bits_of(x) & odd << 31));

  int no_real_root = (x < 0.0f) & (x > -__builtin_inff()) & !integral;
  int not_a_number = (x != x) | (y != y) | no_real_root;
  int one = (x == 1.0f) | (y == 0.0f);
  return one ? 1.0f : not_a_number ? __builtin_nanf("") : z;
}
