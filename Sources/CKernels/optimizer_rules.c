// The rules of the optimizers: every array is read and written once.
#include "support.h"

FLEDGE_CLONES void fledge_sgd_f32(float *w, const float *gradient, float *const *slots, ptrdiff_t n,
                                  fledge_rule_options o) {
  (void)slots;
  float rate = (float)o.rate, decay = (float)o.decay;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    // The product is rounded by itself, here and below, so that all processors get the same bits.
    float shrinking = decay * w[i];
    w[i] -= rate * (gradient[i] + shrinking);
  }
}

FLEDGE_CLONES void fledge_sgd_momentum_f32(float *w, const float *gradient, float *const *slots,
                                           ptrdiff_t n, fledge_rule_options o) {
  float *velocity = slots[0];
  float rate = (float)o.rate, decay = (float)o.decay, momentum = (float)o.momentum;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    float shrinking = decay * w[i];
    velocity[i] = momentum * velocity[i] + (gradient[i] + shrinking);
    w[i] -= rate * velocity[i];
  }
}

FLEDGE_CLONES void fledge_sgd_nesterov_f32(float *w, const float *gradient, float *const *slots,
                                           ptrdiff_t n, fledge_rule_options o) {
  float *velocity = slots[0];
  float rate = (float)o.rate, decay = (float)o.decay, momentum = (float)o.momentum;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    float shrinking = decay * w[i], g = gradient[i] + shrinking;
    velocity[i] = momentum * velocity[i] + g;
    w[i] -= rate * (g + momentum * velocity[i]);
  }
}

FLEDGE_CLONES void fledge_sgd_dampened_f32(float *w, const float *gradient, float *const *slots,
                                           ptrdiff_t n, fledge_rule_options o) {
  float *velocity = slots[0];
  float rate = (float)o.rate, decay = (float)o.decay, momentum = (float)o.momentum;
  float share = (float)o.of_gradient;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    float shrinking = decay * w[i], g = gradient[i] + shrinking;
    velocity[i] = momentum * velocity[i] + share * g;
    w[i] -= rate * velocity[i];
  }
}

FLEDGE_CLONES void fledge_adam_f32(float *w, const float *gradient, float *const *slots,
                                   ptrdiff_t n, fledge_rule_options o) {
  float *m = slots[0], *v = slots[1];
  float rest1 = (float)(1 - o.beta1), beta2 = (float)o.beta2, rest2 = (float)(1 - o.beta2);
  float rate = (float)o.rate, root = (float)o.of_root, epsilon = (float)o.epsilon;
  float keep = (float)o.keep, decay = (float)o.decay;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    float shrinking = decay * w[i], g = gradient[i] + shrinking;
    m[i] += rest1 * (g - m[i]);
    v[i] = beta2 * v[i] + rest2 * g * g;
    w[i] = keep * w[i] - rate * m[i] / (__builtin_sqrtf(v[i]) * root + epsilon);
  }
}

FLEDGE_CLONES void fledge_amsgrad_f32(float *w, const float *gradient, float *const *slots,
                                      ptrdiff_t n, fledge_rule_options o) {
  float *m = slots[0], *v = slots[1], *largest = slots[2];
  float rest1 = (float)(1 - o.beta1), beta2 = (float)o.beta2, rest2 = (float)(1 - o.beta2);
  float rate = (float)o.rate, root = (float)o.of_root, epsilon = (float)o.epsilon;
  float keep = (float)o.keep, decay = (float)o.decay;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    float shrinking = decay * w[i], g = gradient[i] + shrinking;
    m[i] += rest1 * (g - m[i]);
    v[i] = beta2 * v[i] + rest2 * g * g;
    // NaN is the largest.
    largest[i] = v[i] <= largest[i] ? largest[i] : v[i];
    w[i] = keep * w[i] - rate * m[i] / (__builtin_sqrtf(largest[i]) * root + epsilon);
  }
}

FLEDGE_CLONES void fledge_radam_f32(float *w, const float *gradient, float *const *slots,
                                    ptrdiff_t n, fledge_rule_options o) {
  float *m = slots[0], *v = slots[1];
  float rest1 = (float)(1 - o.beta1), beta2 = (float)o.beta2, rest2 = (float)(1 - o.beta2);
  float rate = (float)o.rate, epsilon = (float)o.epsilon;
  float keep = (float)o.keep, decay = (float)o.decay;
  bool adapts = o.of_root != 0;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    float shrinking = decay * w[i], g = gradient[i] + shrinking;
    m[i] += rest1 * (g - m[i]);
    v[i] = beta2 * v[i] + rest2 * g * g;
    float divisor = adapts ? __builtin_sqrtf(v[i]) + epsilon : 1;
    w[i] = keep * w[i] - rate * m[i] / divisor;
  }
}

FLEDGE_CLONES void fledge_adamax_f32(float *w, const float *gradient, float *const *slots,
                                     ptrdiff_t n, fledge_rule_options o) {
  float *m = slots[0], *largest = slots[1];
  float rest1 = (float)(1 - o.beta1), beta2 = (float)o.beta2;
  float rate = (float)o.rate, epsilon = (float)o.epsilon, decay = (float)o.decay;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    float shrinking = decay * w[i], g = gradient[i] + shrinking;
    m[i] += rest1 * (g - m[i]);
    float kept = beta2 * largest[i], size = __builtin_fabsf(g) + epsilon;
    // NaN is the largest.
    largest[i] = size <= kept ? kept : size;
    w[i] -= rate * m[i] / largest[i];
  }
}

FLEDGE_INLINE void rmsprop(float *w, const float *gradient, float *s, float *mean, float *velocity,
                           ptrdiff_t n, fledge_rule_options o) {
  float keep = (float)o.beta2, rest = (float)(1 - o.beta2), epsilon = (float)o.epsilon;
  float rate = (float)o.rate, decay = (float)o.decay, momentum = (float)o.momentum;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    float g = gradient[i] + decay * w[i];
    s[i] = keep * s[i] + rest * g * g;
    float variance = s[i];
    if (mean) {
      mean[i] = keep * mean[i] + rest * g;
      variance -= mean[i] * mean[i];
      // Less than the rounding of s is noise, and may be negative. NaN stays.
      float noise = 0x1p-23f * s[i];
      variance = variance < noise ? noise : variance;
    }
    float d = g / (__builtin_sqrtf(variance) + epsilon);
    if (velocity) d = velocity[i] = momentum * velocity[i] + d;
    w[i] -= rate * d;
  }
}

FLEDGE_CLONES void fledge_rmsprop_f32(float *w, const float *g, float *const *slots, ptrdiff_t n,
                                      fledge_rule_options o) {
  rmsprop(w, g, slots[0], NULL, NULL, n, o);
}

FLEDGE_CLONES void fledge_rmsprop_centered_f32(float *w, const float *g, float *const *slots,
                                               ptrdiff_t n, fledge_rule_options o) {
  rmsprop(w, g, slots[0], slots[1], NULL, n, o);
}

FLEDGE_CLONES void fledge_rmsprop_momentum_f32(float *w, const float *g, float *const *slots,
                                               ptrdiff_t n, fledge_rule_options o) {
  rmsprop(w, g, slots[0], NULL, slots[1], n, o);
}

FLEDGE_CLONES void fledge_rmsprop_both_f32(float *w, const float *g, float *const *slots,
                                           ptrdiff_t n, fledge_rule_options o) {
  rmsprop(w, g, slots[0], slots[1], slots[2], n, o);
}

FLEDGE_CLONES void fledge_adagrad_f32(float *w, const float *gradient, float *const *slots,
                                      ptrdiff_t n, fledge_rule_options o) {
  float *sum = slots[0];
  float rate = (float)o.rate, decay = (float)o.decay, epsilon = (float)o.epsilon;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    float g = gradient[i] + decay * w[i];
    sum[i] += g * g;
    w[i] -= rate * g / (__builtin_sqrtf(sum[i]) + epsilon);
  }
}

FLEDGE_CLONES void fledge_adadelta_f32(float *w, const float *gradient, float *const *slots,
                                       ptrdiff_t n, fledge_rule_options o) {
  float *square = slots[0], *update = slots[1];
  float keep = (float)o.beta2, rest = (float)(1 - o.beta2), epsilon = (float)o.epsilon;
  float rate = (float)o.rate, decay = (float)o.decay;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    float g = gradient[i] + decay * w[i];
    square[i] = keep * square[i] + rest * g * g;
    float d = __builtin_sqrtf(update[i] + epsilon) / __builtin_sqrtf(square[i] + epsilon) * g;
    update[i] = keep * update[i] + rest * d * d;
    w[i] -= rate * d;
  }
}

FLEDGE_CLONES void fledge_nadam_f32(float *w, const float *gradient, float *const *slots,
                                    ptrdiff_t n, fledge_rule_options o) {
  float *m = slots[0], *v = slots[1];
  float rest1 = (float)(1 - o.beta1), beta2 = (float)o.beta2, rest2 = (float)(1 - o.beta2);
  float keep = (float)o.keep, decay = (float)o.decay, epsilon = (float)o.epsilon;
  float of_gradient = (float)(o.rate * o.of_gradient), of_mean = (float)(o.rate * o.of_mean);
  float root = (float)o.of_root;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    float p = keep * w[i], g = gradient[i] + decay * p;
    m[i] += rest1 * (g - m[i]);
    v[i] = beta2 * v[i] + rest2 * g * g;
    w[i] = p - (of_gradient * g + of_mean * m[i]) / (__builtin_sqrtf(v[i]) * root + epsilon);
  }
}

FLEDGE_CLONES void fledge_lion_f32(float *w, const float *gradient, float *const *slots,
                                   ptrdiff_t n, fledge_rule_options o) {
  float *m = slots[0];
  float rest1 = (float)(1 - o.beta1), rest2 = (float)(1 - o.beta2);
  float keep = (float)o.keep, rate = (float)o.rate, beta1 = (float)o.beta1;
  float beta2 = (float)o.beta2;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    float g = gradient[i], c = beta1 * m[i] + rest1 * g;
    // The sign of NaN is NaN: it must not vanish.
    float sign = c > 0 ? 1 : c < 0 ? -1 : c;
    w[i] = keep * w[i] - rate * sign;
    m[i] = beta2 * m[i] + rest2 * g;
  }
}

FLEDGE_CLONES void fledge_lars_f32(float *w, const float *gradient, float *const *slots,
                                   ptrdiff_t n, fledge_rule_options o) {
  float *velocity = slots[0];
  float rate = (float)o.rate, decay = (float)o.decay, momentum = (float)o.momentum;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    velocity[i] = momentum * velocity[i] + rate * (gradient[i] + decay * w[i]);
    w[i] -= velocity[i];
  }
}

FLEDGE_CLONES void fledge_lamb_direction_f32(float *w, const float *gradient, float *const *slots,
                                             ptrdiff_t n, fledge_rule_options o) {
  float *m = slots[0], *v = slots[1], *direction = slots[2];
  float rest1 = (float)(1 - o.beta1), beta2 = (float)o.beta2, rest2 = (float)(1 - o.beta2);
  float decay = (float)o.decay, epsilon = (float)o.epsilon, of_mean = (float)o.of_mean;
  float root = (float)o.of_root;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    float g = gradient[i];
    m[i] += rest1 * (g - m[i]);
    v[i] = beta2 * v[i] + rest2 * g * g;
    direction[i] = of_mean * m[i] / (__builtin_sqrtf(v[i]) * root + epsilon) + decay * w[i];
  }
}
