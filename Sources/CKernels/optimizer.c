// SGD and Adam steps: every array is read and written once.
#include "support.h"

FLEDGE_CLONES void fledge_sgd_step_f32(float *w, const float *gradient, float *buffer, ptrdiff_t n,
                                       fledge_sgd_options options) {
  float rate = (float)options.learning_rate, momentum = (float)options.momentum;
  float decay = (float)options.weight_decay, scale = (float)options.gradient_scale;
  if (!buffer) {
    FLEDGE_VECTORIZE
    for (ptrdiff_t i = 0; i < n; i++) w[i] -= rate * (gradient[i] * scale + decay * w[i]);
  } else if (options.nesterov) {
    FLEDGE_VECTORIZE
    for (ptrdiff_t i = 0; i < n; i++) {
      float g = gradient[i] * scale + decay * w[i];
      buffer[i] = momentum * buffer[i] + g;
      w[i] -= rate * (g + momentum * buffer[i]);
    }
  } else {
    FLEDGE_VECTORIZE
    for (ptrdiff_t i = 0; i < n; i++) {
      buffer[i] = momentum * buffer[i] + (gradient[i] * scale + decay * w[i]);
      w[i] -= rate * buffer[i];
    }
  }
}

FLEDGE_CLONES void fledge_adam_step_f32(float *w, const float *gradient, float *m, float *v,
                                        ptrdiff_t n, fledge_adam_options options) {
  float beta2 = (float)options.beta2;
  float rest1 = (float)(1.0 - options.beta1), rest2 = (float)(1.0 - options.beta2);
  float step = (float)(options.learning_rate / options.bias_correction1);
  float root = (float)(1.0 / __builtin_sqrt(options.bias_correction2));
  float epsilon = (float)options.epsilon, scale = (float)options.gradient_scale;
  // One of the two is neutral: the decay shrinks the weight, or joins the gradient.
  float keep = options.decoupled ? (float)(1.0 - options.learning_rate * options.weight_decay) : 1;
  float decay = options.decoupled ? 0 : (float)options.weight_decay;
  FLEDGE_VECTORIZE
  for (ptrdiff_t i = 0; i < n; i++) {
    float g = gradient[i] * scale + decay * w[i];
    m[i] += rest1 * (g - m[i]);
    v[i] = beta2 * v[i] + rest2 * g * g;
    w[i] = keep * w[i] - step * m[i] / (__builtin_sqrtf(v[i]) * root + epsilon);
  }
}
