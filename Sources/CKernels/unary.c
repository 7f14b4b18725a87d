// y[i] = f(x[i]).
#include "vector_math.h"

#include <math.h>

#define CHEAP(name, suffix, T, expression)                                           \
  FLEDGE_CLONES void fledge_##name##_##suffix(const T *input, T *y, ptrdiff_t n) {   \
    FLEDGE_VECTORIZE                                                                 \
    for (ptrdiff_t i = 0; i < n; i++) {                                              \
      T x = input[i];                                                                \
      y[i] = expression;                                                             \
    }                                                                                \
  }

// The last n mod 16 elements go through a buffer of 16, or a scalar loop would run the whole
// polynomial for each of them.
#define POLYNOMIAL(name)                                                             \
  FLEDGE_CLONES void fledge_##name##_f32(const float *x, float *y, ptrdiff_t n) {    \
    ptrdiff_t whole = n & -LANES;                                                    \
    FLEDGE_VECTORIZE_16                                                              \
    for (ptrdiff_t i = 0; i < whole; i++) y[i] = vm_##name(x[i]);                    \
    if (whole == n) return;                                                          \
    float tail[LANES] = {0};                                                         \
    __builtin_memcpy(tail, x + whole, (size_t)(n - whole) * sizeof(float));          \
    FLEDGE_VECTORIZE_16                                                              \
    for (ptrdiff_t i = 0; i < LANES; i++) tail[i] = vm_##name(tail[i]);              \
    __builtin_memcpy(y + whole, tail, (size_t)(n - whole) * sizeof(float));          \
  }

#define LIBM(name, expression)                                                       \
  void fledge_##name##_f64(const double *input, double *y, ptrdiff_t n) {            \
    for (ptrdiff_t i = 0; i < n; i++) {                                              \
      double x = input[i];                                                           \
      y[i] = expression;                                                             \
    }                                                                                \
  }

// The rounding functions are a library call below SSE4.1; adding and subtracting 2²³ (2⁵²) rounds to
// the nearest integer, halves to even, with plain arithmetic. Larger numbers are integers already.
FLEDGE_INLINE float round_f32(float x) {
  float shift = __builtin_copysignf(8388608.0f, x);
  float rounded = __builtin_copysignf((x + shift) - shift, x);
  return __builtin_fabsf(x) < 8388608.0f ? rounded : x;
}
FLEDGE_INLINE float floor_f32(float x) {
  float r = round_f32(x);
  return r > x ? r - 1.0f : r;
}
FLEDGE_INLINE float ceil_f32(float x) { return -floor_f32(-x); }

FLEDGE_INLINE double round_f64(double x) {
  double shift = __builtin_copysign(4503599627370496.0, x);
  double rounded = __builtin_copysign((x + shift) - shift, x);
  return __builtin_fabs(x) < 4503599627370496.0 ? rounded : x;
}
FLEDGE_INLINE double floor_f64(double x) {
  double r = round_f64(x);
  return r > x ? r - 1.0 : r;
}
FLEDGE_INLINE double ceil_f64(double x) { return -floor_f64(-x); }

CHEAP(neg, f32, float, -x)
CHEAP(abs, f32, float, __builtin_fabsf(x))
CHEAP(sign, f32, float, x > 0 ? 1.0f : x < 0 ? -1.0f : x == 0 ? 0.0f : x)
CHEAP(square, f32, float, x *x)
CHEAP(sqrt, f32, float, __builtin_sqrtf(x))
CHEAP(rsqrt, f32, float, 1.0f / __builtin_sqrtf(x))
CHEAP(reciprocal, f32, float, 1.0f / x)
CHEAP(relu, f32, float, x <= 0 ? 0.0f : x)
CHEAP(floor, f32, float, floor_f32(x))
CHEAP(ceil, f32, float, ceil_f32(x))
CHEAP(round, f32, float, round_f32(x))

CHEAP(neg, f64, double, -x)
CHEAP(abs, f64, double, __builtin_fabs(x))
CHEAP(sign, f64, double, x > 0 ? 1.0 : x < 0 ? -1.0 : x == 0 ? 0.0 : x)
CHEAP(square, f64, double, x *x)
CHEAP(sqrt, f64, double, __builtin_sqrt(x))
CHEAP(rsqrt, f64, double, 1.0 / __builtin_sqrt(x))
CHEAP(reciprocal, f64, double, 1.0 / x)
CHEAP(relu, f64, double, x <= 0 ? 0.0 : x)
CHEAP(floor, f64, double, floor_f64(x))
CHEAP(ceil, f64, double, ceil_f64(x))
CHEAP(round, f64, double, round_f64(x))

POLYNOMIAL(exp)
POLYNOMIAL(expm1)
POLYNOMIAL(log)
POLYNOMIAL(log1p)
POLYNOMIAL(tanh)
POLYNOMIAL(erf)
POLYNOMIAL(sigmoid)
POLYNOMIAL(softplus)
POLYNOMIAL(silu)
POLYNOMIAL(gelu_tanh)
POLYNOMIAL(gelu_erf)

/// Through e^−|x|, so that neither end overflows.
static double sigmoid(double x) {
  double z = exp(-fabs(x));
  return (x < 0.0 ? z : 1.0) / (1.0 + z);
}

/// For a product with a factor that is 0 below −1000, and must not meet an infinite x.
static double at_least_f64(double x) { return x < -1000.0 ? -1000.0 : x; }

LIBM(exp, exp(x))
LIBM(expm1, expm1(x))
LIBM(log, log(x))
LIBM(log1p, log1p(x))
LIBM(sin, sin(x))
LIBM(cos, cos(x))
LIBM(tanh, tanh(x))
LIBM(erf, erf(x))
LIBM(sigmoid, sigmoid(x))
LIBM(softplus, (x < 0.0 ? 0.0 : x) + log1p(exp(-fabs(x))))
LIBM(silu, at_least_f64(x) * sigmoid(x))
LIBM(gelu_tanh, at_least_f64(x) * sigmoid(1.5957691216057308 * (x + 0.044715 * x * x * x)))
LIBM(gelu_erf, 0.5 * at_least_f64(x) * erfc(-0.70710678118654752 * x))

/// sin and cos: a block at a time by polynomial, and then the rare elements beyond the range of
/// its argument reduction once more through libm.
#define TRIGONOMETRIC(name)                                                                \
  FLEDGE_CLONES void fledge_##name##_f32(const float *x, float *y, ptrdiff_t n) {          \
    enum { BLOCK = 256 };                                                                  \
    for (ptrdiff_t start = 0; start < n; start += BLOCK) {                                 \
      ptrdiff_t count = n - start < BLOCK ? n - start : BLOCK;                             \
      float block[BLOCK];                                                                  \
      __builtin_memcpy(block, x + start, (size_t)count * sizeof(float));                   \
      int beyond = 0;                                                                      \
      for (ptrdiff_t i = 0; i < count; i++)                                                \
        beyond |= __builtin_fabsf(block[i]) > TRIGONOMETRIC_LIMIT;                         \
      FLEDGE_VECTORIZE_16                                                                  \
      for (ptrdiff_t i = 0; i < count; i++) y[start + i] = vm_##name(block[i]);            \
      for (ptrdiff_t i = 0; beyond && i < count; i++)                                      \
        if (__builtin_fabsf(block[i]) > TRIGONOMETRIC_LIMIT)                               \
          y[start + i] = (float)name((double)block[i]);                                    \
    }                                                                                      \
  }

TRIGONOMETRIC(sin)
TRIGONOMETRIC(cos)
