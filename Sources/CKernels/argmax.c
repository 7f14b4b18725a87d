// Index of the first largest or smallest element of each row.
#include "support.h"

/// Two passes: the extreme value by the reduction of reduce.c (NaN if there is one), then the first
/// element that equals it, 64 at a time, since an early exit cannot be vectorised.
#define ARG_REDUCTION(name, extreme)                                                          \
  FLEDGE_INLINE ptrdiff_t first_##name(const float *x, ptrdiff_t n) {                         \
    float wanted = extreme(x, n);                                                             \
    int wants_nan = wanted != wanted;                                                         \
    for (ptrdiff_t start = 0;; start += 64) {                                                 \
      ptrdiff_t count = n - start < 64 ? n - start : 64;                                      \
      int found = 0;                                                                          \
      for (ptrdiff_t i = start; i < start + count; i++)                                       \
        found |= (x[i] == wanted) | (wants_nan & (x[i] != x[i]));                             \
      if (!found) continue;                                                                   \
      while (x[start] != wanted && !(wants_nan && x[start] != x[start])) start++;             \
      return start;                                                                           \
    }                                                                                         \
  }                                                                                           \
  FLEDGE_CLONES void fledge_##name##_rows_f32(const float *x, int64_t *y, ptrdiff_t rows,     \
                                              ptrdiff_t cols, ptrdiff_t row_stride) {         \
    for (ptrdiff_t r = 0; r < rows; r++) y[r] = first_##name(x + r * row_stride, cols);       \
  }

ARG_REDUCTION(argmax, fledge_max_f32)
ARG_REDUCTION(argmin, fledge_min_f32)
