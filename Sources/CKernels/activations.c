// Activations with a parameter, and those whose gradient shares most of the function's own work.
#include "vector_math.h"

#define PARAMETER(name)                                                                    \
  FLEDGE_CLONES void fledge_##name##_f32(const float *x, float p, float *y, ptrdiff_t n) { \
    FLEDGE_VECTORIZE_16                                                                    \
    for (ptrdiff_t i = 0; i < n; i++) y[i] = name(x[i], p);                                \
  }
#define PARAMETER_GRAD(name)                                                               \
  FLEDGE_CLONES void fledge_##name##_f32(const float *a, ptrdiff_t sa, const float *b,     \
                                         ptrdiff_t sb, float p, float *y, ptrdiff_t n) {   \
    if (sa == 1 && sb == 1) {                                                              \
      FLEDGE_VECTORIZE_16                                                                  \
      for (ptrdiff_t i = 0; i < n; i++) y[i] = name(a[i], b[i], p);                        \
    } else {                                                                               \
      for (ptrdiff_t i = 0; i < n; i++) y[i] = name(a[i * sa], b[i * sb], p);              \
    }                                                                                      \
  }
#define PLAIN(name)                                                                        \
  FLEDGE_CLONES void fledge_##name##_f32(const float *x, float *y, ptrdiff_t n) {          \
    FLEDGE_VECTORIZE_16                                                                    \
    for (ptrdiff_t i = 0; i < n; i++) y[i] = name(x[i]);                                   \
  }
#define PLAIN_GRAD(name)                                                                   \
  FLEDGE_CLONES void fledge_##name##_f32(const float *a, ptrdiff_t sa, const float *b,     \
                                         ptrdiff_t sb, float *y, ptrdiff_t n) {            \
    if (sa == 1 && sb == 1) {                                                              \
      FLEDGE_VECTORIZE_16                                                                  \
      for (ptrdiff_t i = 0; i < n; i++) y[i] = name(a[i], b[i]);                           \
    } else {                                                                               \
      for (ptrdiff_t i = 0; i < n; i++) y[i] = name(a[i * sa], b[i * sb]);                 \
    }                                                                                      \
  }

FLEDGE_INLINE float leaky_relu(float x, float slope) { return x > 0.0f ? x : slope * x; }
FLEDGE_INLINE float leaky_relu_grad(float dy, float x, float slope) {
  return x > 0.0f ? dy : slope * dy;
}

FLEDGE_INLINE float elu(float x, float alpha) {
  float low = alpha * vm_expm1(at_most(x, 0.0f));
  return x > 0.0f ? x : low;
}
/// From the output, whose negative part is α (eˣ − 1).
FLEDGE_INLINE float elu_grad(float dy, float y, float alpha) {
  return y > 0.0f ? dy : dy * (y + alpha);
}

/// Beyond −3 the factor is 0, and must not meet an infinite x.
FLEDGE_INLINE float hard_swish(float x) {
  float factor = at_most(at_least(x + 3.0f, 0.0f), 6.0f) * (1.0f / 6.0f);
  return at_least(x, -4.0f) * factor;
}
FLEDGE_INLINE float hard_swish_grad(float dy, float x) {
  float inside = x * (1.0f / 3.0f) + 0.5f;
  return x < -3.0f ? 0.0f : x > 3.0f ? dy : dy * inside;
}

/// With e = eˣ and n = e (e + 2): tanh(ln(1 + e)) = n / (n + 2). From x = 20 on that is 1. The
/// factor is at least −200, since −∞ · 0 would be NaN.
FLEDGE_INLINE float mish(float x) {
  float e = vm_exp(at_most(x, 20.0f)), n = e * (e + 2.0f);
  return at_least(x, -200.0f) * (n / (n + 2.0f));
}
FLEDGE_INLINE float mish_grad(float dy, float x) {
  float e = vm_exp(at_most(x, 20.0f)), n = e * (e + 2.0f), d = 1.0f / (n + 2.0f);
  float bounded = at_most(at_least(x, -200.0f), 200.0f);
  return dy * (n * d + bounded * (4.0f * e * (e + 1.0f) * d * d));
}

FLEDGE_INLINE float clamp_grad(float dy, float x, float lower, float upper) {
  int is_outside = (x < lower) | (x > upper);
  return is_outside ? 0.0f : dy;
}

FLEDGE_CLONES void fledge_clamp_f32(const float *x, float lower, float upper, float *y,
                                    ptrdiff_t n) {
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) y[i] = at_most(at_least(x[i], lower), upper);
}

FLEDGE_CLONES void fledge_clamp_grad_f32(const float *dy, ptrdiff_t sdy, const float *x,
                                         ptrdiff_t sx, float lower, float upper, float *dx,
                                         ptrdiff_t n) {
  if (sdy == 1 && sx == 1) {
    FLEDGE_VECTORIZE
    for (ptrdiff_t i = 0; i < n; i++) dx[i] = clamp_grad(dy[i], x[i], lower, upper);
  } else {
    for (ptrdiff_t i = 0; i < n; i++)
      dx[i] = clamp_grad(dy[i * sdy], x[i * sx], lower, upper);
  }
}

PARAMETER(leaky_relu)
PARAMETER_GRAD(leaky_relu_grad)
PARAMETER(elu)
PARAMETER_GRAD(elu_grad)
PLAIN(hard_swish)
PLAIN_GRAD(hard_swish_grad)
PLAIN(mish)
PLAIN_GRAD(mish_grad)
