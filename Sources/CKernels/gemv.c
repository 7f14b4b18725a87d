// The product of a vector and a matrix, bound by the speed of reading the matrix; and the dot product.
#include "support.h"

#include <stdbool.h>

enum { BLOCK = 4096 };

/// Σ a · b of up to BLOCK elements in 4 vectors of lanes, as the blocks of reduce_template.h.
FLEDGE_INLINE float dot_block(const float *a, const float *b, ptrdiff_t n) {
  f32x16 total[4] = {0};
  ptrdiff_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES)
    for (int v = 0; v < 4; v++) total[v] += LOAD16(a + i + v * LANES) * LOAD16(b + i + v * LANES);
  for (; i + LANES <= n; i += LANES) total[0] += LOAD16(a + i) * LOAD16(b + i);
  if (i < n) {
    f32x16 a_tail = {0}, b_tail = {0};
    __builtin_memcpy(&a_tail, a + i, (size_t)(n - i) * sizeof(float));
    __builtin_memcpy(&b_tail, b + i, (size_t)(n - i) * sizeof(float));
    total[1] += a_tail * b_tail;
  }
  total[0] = (total[0] + total[1]) + (total[2] + total[3]);
  return horizontal_sum(total);
}

/// Blocks joined pairwise, like a binary counter.
FLEDGE_INLINE float dot(const float *a, const float *b, ptrdiff_t n) {
  if (n <= BLOCK) return dot_block(a, b, n);
  float pending[56];
  int count = 0;
  for (ptrdiff_t i = 0, blocks = 1; i < n; i += BLOCK, blocks++) {
    float total = dot_block(a + i, b + i, n - i < BLOCK ? n - i : BLOCK);
    for (ptrdiff_t carry = blocks; !(carry & 1); carry >>= 1) total = pending[--count] + total;
    pending[count++] = total;
  }
  float total = pending[--count];
  while (count > 0) total = pending[--count] + total;
  return total;
}

FLEDGE_CLONES float fledge_dot_f32(const float *a, const float *b, ptrdiff_t n) {
  return dot(a, b, n);
}

/// y += Σ of `rows` rows of B, each times its x; several rows at a time, so that y is read and
/// written once for all of them.
FLEDGE_INLINE void add_rows(const float *x, const float *B, ptrdiff_t ldb, float *y, ptrdiff_t N,
                            const int rows) {
  FLEDGE_VECTORIZE
  for (ptrdiff_t n = 0; n < N; n++) {
    float total = 0.0f;
    for (int k = 0; k < rows; k++) total += x[k] * B[k * ldb + n];
    y[n] += total;
  }
}

FLEDGE_CLONES void fledge_vector_matrix_f32(const float *x, const float *B, ptrdiff_t ldb,
                                            float *y, ptrdiff_t K, ptrdiff_t N, bool accumulate) {
  if (!accumulate) fledge_fill_f32(0.0f, y, N);
  ptrdiff_t k = 0;
  for (; k + 8 <= K; k += 8) add_rows(x + k, B + k * ldb, ldb, y, N, 8);
  for (; k < K; k++) add_rows(x + k, B + k * ldb, ldb, y, N, 1);
}
