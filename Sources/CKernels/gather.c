// Rows by index: gather, scatter and scatter-add.
#include "support.h"

void fledge_gather_rows(const void *x, const int64_t *indices, void *y, ptrdiff_t count,
                        ptrdiff_t row_bytes) {
  for (ptrdiff_t i = 0; i < count; i++)
    __builtin_memcpy((char *)y + i * row_bytes, (const char *)x + indices[i] * row_bytes,
                     (size_t)row_bytes);
}

void fledge_scatter_rows(const void *u, ptrdiff_t u_stride, const int64_t *indices, void *y,
                         ptrdiff_t y_stride, ptrdiff_t count, ptrdiff_t row_bytes) {
  for (ptrdiff_t i = 0; i < count; i++)
    __builtin_memcpy((char *)y + indices[i] * y_stride, (const char *)u + i * u_stride,
                     (size_t)row_bytes);
}

FLEDGE_CLONES void fledge_scatter_add_rows_f32(const float *u, const int64_t *indices, float *y,
                                               ptrdiff_t count, ptrdiff_t cols,
                                               ptrdiff_t row_stride) {
  for (ptrdiff_t i = 0; i < count; i++) {
    const float *row = u + i * row_stride;
    float *sum = y + indices[i] * row_stride;
    FLEDGE_VECTORIZE
    for (ptrdiff_t c = 0; c < cols; c++) sum[c] += row[c];
  }
}
