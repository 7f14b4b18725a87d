// Layer norm (Ba et al. 2016) and RMS norm (Zhang & Sennrich 2019) over the rows of contiguous
// [rows, cols] matrices; batch norm (Ioffe & Szegedy 2015) over one channel of [N, C, L].
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// x̂ = (x − mean) · rstd,  y = x̂ · gamma + beta,  rstd = 1 / √(variance + eps), the variance being
/// divided by cols. gamma and beta have shape [cols]; NULL stands for 1 and 0. mean and rstd, both
/// [rows], are kept for the backward pass. y may be x.
void fledge_layer_norm_f32(const float *x, const float *_Nullable gamma,
                           const float *_Nullable beta, float eps, float *y, float *mean,
                           float *rstd, ptrdiff_t rows, ptrdiff_t cols);

/// With g = dy · gamma:  dx = rstd · (g − mean_c(g) − x̂ · mean_c(g · x̂)).
/// **Adds** Σ_r dy · x̂ to dgamma and Σ_r dy to dbeta, both [cols] or NULL. For the same bits with
/// any number of threads, call with fixed blocks of rows, one partial each, and add the partials.
/// dx may be dy.
void fledge_layer_norm_grad_f32(const float *dy, const float *x, const float *_Nullable gamma,
                                const float *mean, const float *rstd, float *dx,
                                float *_Nullable dgamma, float *_Nullable dbeta, ptrdiff_t rows,
                                ptrdiff_t cols);

/// y = x · rstd · gamma,  rstd = 1 / √(mean_c(x²) + eps). gamma is [cols] or NULL for 1. y may be x.
void fledge_rms_norm_f32(const float *x, const float *_Nullable gamma, float eps, float *y,
                         float *rstd, ptrdiff_t rows, ptrdiff_t cols);

/// With g = dy · gamma and x̂ = x · rstd:  dx = rstd · (g − x̂ · mean_c(g · x̂)).
/// **Adds** Σ_r dy · x̂ to dgamma ([cols] or NULL). dx may be dy.
void fledge_rms_norm_grad_f32(const float *dy, const float *x, const float *_Nullable gamma,
                              const float *rstd, float *dx, float *_Nullable dgamma,
                              ptrdiff_t rows, ptrdiff_t cols);

// A channel of [N, C, L] is N planes of `length` contiguous elements, `stride` from each other.

/// The mean of a channel and its (biased) variance.
void fledge_channel_moments_f32(const float *x, ptrdiff_t planes, ptrdiff_t stride,
                                ptrdiff_t length, float *mean, float *variance);

/// y = (x − mean) · scale + shift for a channel. y may be x.
void fledge_channel_norm_f32(const float *x, ptrdiff_t planes, ptrdiff_t stride, ptrdiff_t length,
                             float mean, float scale, float shift, float *y);

/// With x̂ = (x − mean) · rstd:  dgamma = Σ dy · x̂,  dbeta = Σ dy,
/// dx = gamma · rstd · (dy − dbeta / n − x̂ · dgamma / n) for the n elements of a channel. dx may be dy.
void fledge_channel_norm_grad_f32(const float *dy, const float *x, ptrdiff_t planes,
                                  ptrdiff_t stride, ptrdiff_t length, float mean, float rstd,
                                  float gamma, float *dx, float *dgamma, float *dbeta);

#pragma clang assume_nonnull end
