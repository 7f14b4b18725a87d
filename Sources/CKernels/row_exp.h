// Exponentials along one row, shared by softmax and cross-entropy.
#pragma once
#include "vector_math.h"

/// y = exp(x − shift). y may be x.
FLEDGE_INLINE void exp_shifted(const float *x, float shift, float *y, ptrdiff_t n) {
  ptrdiff_t whole = n & -LANES;
  FLEDGE_VECTORIZE_16
  for (ptrdiff_t i = 0; i < whole; i++) y[i] = vm_exp(x[i] - shift);
  if (whole == n) return;
  float tail[LANES] = {0};
  __builtin_memcpy(tail, x + whole, (size_t)(n - whole) * sizeof(float));
  FLEDGE_VECTORIZE_16
  for (ptrdiff_t i = 0; i < LANES; i++) tail[i] = vm_exp(tail[i] - shift);
  __builtin_memcpy(y + whole, tail, (size_t)(n - whole) * sizeof(float));
}

/// ln Σ exp(x), without room for the exponentials: they pass through a buffer that stays in the
/// first-level cache.
FLEDGE_INLINE float logsumexp(const float *x, ptrdiff_t n) {
  enum { CHUNK = 1024 };
  float chunk[CHUNK];
  float max = fledge_max_f32(x, n);
  if (max - max != 0.0f) return max;  // all −∞, or some ∞ or NaN
  double total = 0;
  for (ptrdiff_t i = 0; i < n; i += CHUNK) {
    ptrdiff_t count = n - i < CHUNK ? n - i : CHUNK;
    exp_shifted(x + i, max, chunk, count);
    total += fledge_sum_f32(chunk, count);
  }
  return max + vm_log((float)total);
}
