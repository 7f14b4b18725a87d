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

/// What the rules below are told; each reads what its formula names.
typedef struct {
  double rate;         // η
  double decay;        // λ, of the weight that joins the gradient
  double keep;         // multiplies w first: 1 − η λ where decay is decoupled, else 1
  double beta1;        // of the running mean of gradients
  double beta2;        // of the running mean of squares
  double momentum;     // μ
  double epsilon;      // ε
  double of_gradient;  // factors of the gradient, the mean and the mean square where they are used
  double of_mean;
  double of_square;
} fledge_rule_options;

/// One step over n floats; `slots` are the arrays that the optimizer keeps. Below g is
/// gradient + λ w.
typedef void (*fledge_rule)(float *w, const float *gradient,
                            float *_Nonnull const *_Nonnull slots, ptrdiff_t n,
                            fledge_rule_options options);
#define FLEDGE_RULE(name)                                                                  \
  void name(float *w, const float *gradient, float *_Nonnull const *_Nonnull slots, ptrdiff_t n, \
            fledge_rule_options options)

/// s = β₂ s + (1 − β₂) g²;  w −= η g / (√s + ε). Slots: s. Centered, a mean m = β₂ m + (1 − β₂) g
/// follows, and s − m² takes the place of s under the root; with momentum, a velocity
/// v = μ v + g / (√s + ε), and w −= η v.
FLEDGE_RULE(fledge_rmsprop_f32);
FLEDGE_RULE(fledge_rmsprop_centered_f32);
FLEDGE_RULE(fledge_rmsprop_momentum_f32);
FLEDGE_RULE(fledge_rmsprop_both_f32);
/// s += g²;  w −= η g / (√s + ε). Slots: s.
FLEDGE_RULE(fledge_adagrad_f32);
/// s = β₂ s + (1 − β₂) g²;  d = √(u + ε) / √(s + ε) g;  u = β₂ u + (1 − β₂) d²;  w −= η d.
/// Slots: s, u.
FLEDGE_RULE(fledge_adadelta_f32);
/// p = keep w;  g = gradient + λ p;  m and v as Adam's;
/// w = p − η (of_gradient g + of_mean m) / (√(of_square v) + ε). Slots: m, v.
FLEDGE_RULE(fledge_nadam_f32);
/// w = keep w − η sign(β₁ m + (1 − β₁) g);  m = β₂ m + (1 − β₂) g, with the gradient itself.
/// Slots: m.
FLEDGE_RULE(fledge_lion_f32);
/// v = μ v + η g;  w −= v. Slots: v.
FLEDGE_RULE(fledge_lars_f32);
/// m and v as Adam's of the gradient itself;  d = of_mean m / (√(of_square v) + ε) + λ w. Slots: m,
/// v, d; w stays.
FLEDGE_RULE(fledge_lamb_direction_f32);

#pragma clang assume_nonnull end
