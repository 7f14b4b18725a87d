// Optimizer steps over one flat chunk of parameters, one pass over memory, PyTorch's semantics.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// What the rules below are told; each reads what its formula names.
typedef struct {
  double rate;         // η
  double decay;        // λ, of the weight that joins the gradient
  double keep;         // multiplies w first: 1 − η λ where decay is decoupled, else 1
  double beta1;        // of the running mean of gradients
  double beta2;        // of the running mean of squares
  double momentum;     // μ
  double epsilon;      // ε
  double of_gradient;  // factors of the gradient, the mean and the root of the mean square, where
  double of_mean;      // they are used
  double of_root;
} fledge_rule_options;

/// One step over n floats; `slots` are the arrays that the optimizer keeps. Below g is
/// gradient + λ w.
typedef void (*fledge_rule)(float *w, const float *gradient,
                            float *_Nonnull const *_Nonnull slots, ptrdiff_t n,
                            fledge_rule_options options);
#define FLEDGE_RULE(name)                                                                  \
  void name(float *w, const float *gradient, float *_Nonnull const *_Nonnull slots, ptrdiff_t n, \
            fledge_rule_options options)

/// w −= η g. No slots. With momentum: v = μ v + g;  w −= η v, or with Nesterov's look-ahead
/// w −= η (g + μ v). Slots: v.
FLEDGE_RULE(fledge_sgd_f32);
FLEDGE_RULE(fledge_sgd_momentum_f32);
FLEDGE_RULE(fledge_sgd_nesterov_f32);
/// v = μ v + of_gradient g;  w −= η v. Slots: v.
FLEDGE_RULE(fledge_sgd_dampened_f32);
/// m = β₁ m + (1 − β₁) g;  v = β₂ v + (1 − β₂) g²;  w = keep w − η m / (of_root √v + ε), where η has
/// the correction of the mean in it. Slots: m, v.
FLEDGE_RULE(fledge_adam_f32);
/// The same with u = max(u, v) in the place of v under the root. Slots: m, v, u.
FLEDGE_RULE(fledge_amsgrad_f32);
/// m and v as Adam's;  w = keep w − η m / (√v + ε), or w = keep w − η m where of_root is 0.
/// Slots: m, v.
FLEDGE_RULE(fledge_radam_f32);
/// m as Adam's;  u = max(β₂ u, |g| + ε);  w −= η m / u. Slots: m, u.
FLEDGE_RULE(fledge_adamax_f32);
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
/// w = p − η (of_gradient g + of_mean m) / (of_root √v + ε). Slots: m, v.
FLEDGE_RULE(fledge_nadam_f32);
/// w = keep w − η sign(β₁ m + (1 − β₁) g);  m = β₂ m + (1 − β₂) g, with the gradient itself.
/// Slots: m.
FLEDGE_RULE(fledge_lion_f32);
/// v = μ v + η g;  w −= v. Slots: v.
FLEDGE_RULE(fledge_lars_f32);
/// m and v as Adam's of the gradient itself;  d = of_mean m / (of_root √v + ε) + λ w. Slots: m,
/// v, d; w stays.
FLEDGE_RULE(fledge_lamb_direction_f32);

#pragma clang assume_nonnull end
