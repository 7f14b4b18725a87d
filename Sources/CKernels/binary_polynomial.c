// y[i] = f(a[i·sa], b[i·sb]) where f is a polynomial evaluation: powers and the gradients of the
// smooth activations.
#include "vector_pow.h"

#include <math.h>

// Other strides than (1,1), and the last n mod 16 elements, go through buffers of 16.
#define POLYNOMIAL(name)                                                                      \
  FLEDGE_CLONES void fledge_##name##_f32(const float *a, ptrdiff_t sa, const float *b,        \
                                         ptrdiff_t sb, float *y, ptrdiff_t n) {               \
    ptrdiff_t start = 0;                                                                      \
    if (sa == 1 && sb == 1) {                                                                 \
      start = n & -LANES;                                                                     \
      FLEDGE_VECTORIZE_16                                                                     \
      for (ptrdiff_t i = 0; i < start; i++) y[i] = vm_##name(a[i], b[i]);                     \
    }                                                                                         \
    for (; start < n; start += LANES) {                                                       \
      ptrdiff_t count = n - start < LANES ? n - start : LANES;                                \
      float a16[LANES] = {0}, b16[LANES] = {0};                                               \
      for (ptrdiff_t i = 0; i < count; i++) {                                                 \
        a16[i] = a[(start + i) * sa];                                                         \
        b16[i] = b[(start + i) * sb];                                                         \
      }                                                                                       \
      FLEDGE_VECTORIZE_16                                                                     \
      for (ptrdiff_t i = 0; i < LANES; i++) a16[i] = vm_##name(a16[i], b16[i]);               \
      __builtin_memcpy(y + start, a16, (size_t)count * sizeof(float));                        \
    }                                                                                         \
  }

#define LIBM(name, expression)                                                                \
  void fledge_##name##_f64(const double *as, ptrdiff_t sa, const double *bs, ptrdiff_t sb,    \
                           double *y, ptrdiff_t n) {                                          \
    for (ptrdiff_t i = 0; i < n; i++) {                                                       \
      double a = as[i * sa], b = bs[i * sb];                                                  \
      y[i] = expression;                                                                      \
    }                                                                                         \
  }

FLEDGE_INLINE float vm_softplus_grad(float dy, float x) { return dy * vm_sigmoid(x); }

/// The derivative of x σ(w(x)) is σ + x w′ σ (1 − σ), where σ (1 − σ) = z / (1 + z)² with z = e^−|w|.
/// Beyond |x| = 200 that last factor is 0 for both uses, and must not meet an infinite x.
FLEDGE_INLINE float gated_derivative(float x, float w, float dw) {
  float z = exp_nonpositive(-__builtin_fabsf(w));
  float d = 1.0f / (1.0f + z);
  float bounded = at_most(at_least(x, -200.0f), 200.0f);
  return (w < 0.0f ? z : 1.0f) * d + bounded * dw * (z * d * d);
}

FLEDGE_INLINE float vm_silu_grad(float dy, float x) {
  return dy * gated_derivative(x, x, 1.0f);
}

FLEDGE_INLINE float vm_gelu_tanh_grad(float dy, float x) {
  float bounded = at_most(at_least(x, -200.0f), 200.0f);
  float square = bounded * bounded;
  float w = bounded * (1.59576912f + 0.0713548163f * square);
  return dy * gated_derivative(bounded, w, 1.59576912f + 0.214064449f * square);
}

/// Φ(x) + x φ(x).
FLEDGE_INLINE float vm_gelu_erf_grad(float dy, float x) {
  float a = at_most(__builtin_fabsf(x), 15.0f);
  float kernel = exp_nonpositive(-0.5f * a * a);
  float tail = kernel * normal_tail_ratio(a);
  float density = 0.398942280f * a * kernel;
  return dy * (x < 0.0f ? tail - density : 1.0f - tail + density);
}

POLYNOMIAL(pow)
POLYNOMIAL(softplus_grad)
POLYNOMIAL(silu_grad)
POLYNOMIAL(gelu_tanh_grad)
POLYNOMIAL(gelu_erf_grad)

/// For products with factors that are 0 beyond ±1000, and must not meet an infinite x.
static double bounded(double x) { return x < -1000.0 ? -1000.0 : x > 1000.0 ? 1000.0 : x; }

/// The derivative of x σ(w(x)): σ + x w′ σ (1 − σ).
static double gated_derivative_f64(double x, double w, double dw) {
  double z = exp(-fabs(w)), d = 1.0 / (1.0 + z);
  return (w < 0.0 ? z : 1.0) * d + x * dw * (z * d * d);
}

static double gelu_tanh_derivative(double input) {
  double x = bounded(input), square = 0.044715 * x * x;
  return gated_derivative_f64(x, 1.5957691216057308 * x * (1.0 + square),
                              1.5957691216057308 * (1.0 + 3.0 * square));
}

static double gelu_erf_derivative(double input) {
  double x = bounded(input);
  return 0.5 * erfc(-0.70710678118654752 * x) + 0.39894228040143268 * x * exp(-0.5 * x * x);
}

static double silu_derivative(double x) { return gated_derivative_f64(bounded(x), x, 1.0); }

LIBM(pow, pow(a, b))
LIBM(softplus_grad, a / (1.0 + exp(-b)))
LIBM(silu_grad, a *silu_derivative(b))
LIBM(gelu_tanh_grad, a *gelu_tanh_derivative(b))
LIBM(gelu_erf_grad, a *gelu_erf_derivative(b))
