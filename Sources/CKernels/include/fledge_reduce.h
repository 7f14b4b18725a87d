// Reductions. The order of additions depends on the shape alone, never on the number of threads or
// the width of the processor's vectors.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

//   fledge_<op>_rows_f32(x, y, rows, cols, stride)   y[r] = over c of x[r·stride + c]
//   fledge_<op>_cols_f32(x, y, rows, cols, stride)   y[c] = over r of x[r·stride + c]
// Sums are pairwise over blocks: the error grows like log n. An empty sum is 0, an empty product 1,
// an empty maximum −∞, an empty minimum +∞. Each row of the rows form, and each column of the
// columns form, has the same bits however the rows or the columns are shared out among calls.
#define FLEDGE_REDUCTION(name)                                                                  \
  void fledge_##name##_rows_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t cols,       \
                                ptrdiff_t row_stride);                                          \
  void fledge_##name##_cols_f32(const float *x, float *y, ptrdiff_t rows, ptrdiff_t cols,       \
                                ptrdiff_t row_stride);

FLEDGE_REDUCTION(sum)   // Σ x
FLEDGE_REDUCTION(prod)  // Π x
FLEDGE_REDUCTION(max)   // NaN if any element is NaN
FLEDGE_REDUCTION(min)   // NaN if any element is NaN
#undef FLEDGE_REDUCTION

/// Σ x² of n contiguous elements, in blocks as above.
float fledge_sumsq_f32(const float *x, ptrdiff_t n);

// y[r] = the index of the first largest (smallest) element of row r; a NaN counts as larger
// (smaller) than everything, as in PyTorch. `cols` is at least 1.
void fledge_argmax_rows_f32(const float *x, int64_t *y, ptrdiff_t rows, ptrdiff_t cols,
                            ptrdiff_t row_stride);
void fledge_argmin_rows_f32(const float *x, int64_t *y, ptrdiff_t rows, ptrdiff_t cols,
                            ptrdiff_t row_stride);

#pragma clang assume_nonnull end
