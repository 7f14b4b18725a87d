// Pooling over windows of images.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Windows of a kernel's size over planes [rows, columns], with `top` and `left` positions outside.
typedef struct {
  ptrdiff_t rows, columns, kernel_rows, kernel_columns, stride_rows, stride_columns;
  ptrdiff_t dilation_rows, dilation_columns, top, left, out_rows, out_columns;
} fledge_windows;

/// y = the largest of each window, and its place in the window: kernel row · kernel_columns + kernel
/// column; the first of several, NaN before everything. Positions outside do not count.
/// x [planes, rows, columns] → y, places [planes, out_rows, out_columns]
void fledge_max_pool_f32(fledge_windows w, const float *x, ptrdiff_t planes, float *y,
                         int32_t *places);

/// dx = Σ dy of the windows whose largest it is. dy, places [planes, out_rows, out_columns] →
/// dx [planes, rows, columns]
void fledge_max_pool_grad_f32(fledge_windows w, const float *dy, const int32_t *places,
                              ptrdiff_t planes, float *dx);

/// y = scale · Σ over each window; positions outside are 0. Shapes as above.
void fledge_sum_pool_f32(fledge_windows w, float scale, const float *x, ptrdiff_t planes, float *y);

/// dx = scale · Σ dy of the windows over each position.
void fledge_sum_pool_grad_f32(fledge_windows w, float scale, const float *dy, ptrdiff_t planes,
                              float *dx);

/// The elements under each place of the kernel, 0 outside. x [planes, rows, columns] →
/// y [planes, kernel_rows · kernel_columns, out_rows · out_columns]
void fledge_im2col_f32(fledge_windows w, const float *x, ptrdiff_t planes, float *y);

/// The adjoint: each element of y added where im2col took it from.
void fledge_col2im_f32(fledge_windows w, const float *y, ptrdiff_t planes, float *x);

#pragma clang assume_nonnull end
