// More activations than in fledge_elementwise.h. Outputs may be inputs. Gradients take strides as
// the binary kernels there do.
#pragma once
#include <stddef.h>

#pragma clang assume_nonnull begin

/// x where x > 0, else slope · x.
void fledge_leaky_relu_f32(const float *x, float slope, float *y, ptrdiff_t n);
void fledge_leaky_relu_grad_f32(const float *dy, ptrdiff_t stride_dy, const float *x,
                                ptrdiff_t stride_x, float slope, float *dx, ptrdiff_t n);

/// x where x > 0, else alpha · (eˣ − 1); the gradient is from the output y.
void fledge_elu_f32(const float *x, float alpha, float *y, ptrdiff_t n);
void fledge_elu_grad_f32(const float *dy, ptrdiff_t stride_dy, const float *y, ptrdiff_t stride_y,
                         float alpha, float *dx, ptrdiff_t n);

/// x moved into lower … upper, which may be infinite; the gradient is dy where x is not outside.
void fledge_clamp_f32(const float *x, float lower, float upper, float *y, ptrdiff_t n);
void fledge_clamp_grad_f32(const float *dy, ptrdiff_t stride_dy, const float *x, ptrdiff_t stride_x,
                           float lower, float upper, float *dx, ptrdiff_t n);

/// x · min(max(x + 3, 0), 6) / 6.
void fledge_hard_swish_f32(const float *x, float *y, ptrdiff_t n);
void fledge_hard_swish_grad_f32(const float *dy, ptrdiff_t stride_dy, const float *x,
                                ptrdiff_t stride_x, float *dx, ptrdiff_t n);

/// x · tanh(ln(1 + eˣ)).
void fledge_mish_f32(const float *x, float *y, ptrdiff_t n);
void fledge_mish_grad_f32(const float *dy, ptrdiff_t stride_dy, const float *x, ptrdiff_t stride_x,
                          float *dx, ptrdiff_t n);

#pragma clang assume_nonnull end
