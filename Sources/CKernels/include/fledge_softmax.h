// Softmax, log-softmax and cross-entropy over the rows of a matrix.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Row r of x is x[r·stride .. r·stride + cols); y, dy and dx are contiguous [rows, cols].
// The row's maximum is subtracted first, so large logits do not overflow. An element −∞ gets
// probability 0; a row of nothing but −∞ gives NaN, as in PyTorch.

/// y = softmax(x) over each row. y may be x where row_stride = cols.
void fledge_softmax_rows_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t cols,
                             ptrdiff_t row_stride);

/// y = x − logsumexp(x) over each row. y may be x where row_stride = cols.
void fledge_log_softmax_rows_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t cols,
                                 ptrdiff_t row_stride);

/// dx = y · (dy − Σ_c dy · y), with y the softmax. dx may be dy.
void fledge_softmax_grad_rows_f32(const float *dy, const float *y, float *dx, ptrdiff_t rows,
                                  ptrdiff_t cols);

/// dx = dy − exp(y) · Σ_c dy, with y the log-softmax. dx may be dy.
void fledge_log_softmax_grad_rows_f32(const float *dy, const float *y, float *dx, ptrdiff_t rows,
                                      ptrdiff_t cols);

/// Cross-entropy of logits [rows, cols] against class indices, with label smoothing ε: the target
/// distribution of row r is (1 − ε) at target[r] plus ε / cols everywhere.
///
///     lse[r]  = ln Σ_c exp(x[r, c])
///     loss[r] = lse[r] − (1 − ε) · x[r, target[r]] − ε / cols · Σ_c x[r, c]
///
/// A row whose target is `ignore_index` has loss 0. All other targets must be in 0 ..< cols.
void fledge_cross_entropy_rows_f32(const float *logits, const int64_t *targets, float *loss,
                                   float *lse, ptrdiff_t rows, ptrdiff_t cols,
                                   ptrdiff_t row_stride, float label_smoothing,
                                   int64_t ignore_index);

/// Backward of the above: dlogits[r, c] = scale[r·scale_stride] · (softmax(x)[r, c] − target
/// distribution); 0 in ignored rows. `lse` is the forward's. `dlogits` is contiguous and may be
/// `logits` where row_stride = cols.
void fledge_cross_entropy_grad_rows_f32(const float *logits, const int64_t *targets,
                                        const float *lse, const float *scale,
                                        ptrdiff_t scale_stride, float *dlogits, ptrdiff_t rows,
                                        ptrdiff_t cols, ptrdiff_t row_stride,
                                        float label_smoothing, int64_t ignore_index);

#pragma clang assume_nonnull end
