// Optimizer steps over one flat chunk of parameters, one pass over memory, PyTorch's semantics.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct {
  double learning_rate;
  double momentum;
  double weight_decay;
  bool nesterov;
  double gradient_scale;  // multiplies every gradient first: 1, or the factor of clipping by norm
} fledge_sgd_options;

/// g = gradient_scale · gradient + weight_decay · w;  buffer = momentum · buffer + g;
/// w −= learning_rate · (nesterov ? g + momentum · buffer : buffer). Without momentum, `buffer` is
/// NULL and w −= learning_rate · g. A buffer of zeros starts right.
void fledge_sgd_step_f32(float *w, const float *gradient, float *_Nullable buffer, ptrdiff_t n,
                         fledge_sgd_options options);

typedef struct {
  double learning_rate;
  double beta1;
  double beta2;
  double epsilon;
  double weight_decay;
  bool decoupled;           // true: AdamW; false: Adam, weight_decay · w is added to the gradient
  double bias_correction1;  // 1 − beta1^t, for step t = 1, 2, …
  double bias_correction2;  // 1 − beta2^t
  double gradient_scale;    // multiplies every gradient first: 1, or the factor of clipping by norm
} fledge_adam_options;

/// Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019):
/// m = β₁ m + (1 − β₁) g;  v = β₂ v + (1 − β₂) g²;
/// w −= learning_rate / bias_correction1 · m / (√v / √bias_correction2 + ε), where AdamW has first
/// multiplied w by 1 − learning_rate · weight_decay.
void fledge_adam_step_f32(float *w, const float *gradient, float *m, float *v, ptrdiff_t n,
                          fledge_adam_options options);

#pragma clang assume_nonnull end
