// Exponentials along one row, shared by softmax and cross-entropy.
#pragma once
#include "vector_math.h"

/// y = exp(x − shift) for x ≤ shift, but for roundings. y may be x.
FLEDGE_INLINE void exp_shifted(const float *x, float shift, float *y, ptrdiff_t n) {
  ptrdiff_t whole = n & -LANES;
  FLEDGE_VECTORIZE_16
  for (ptrdiff_t i = 0; i < whole; i++) y[i] = exp_nonpositive(x[i] - shift);
  if (whole == n) return;
  float tail[LANES] = {0};
  __builtin_memcpy(tail, x + whole, (size_t)(n - whole) * sizeof(float));
  FLEDGE_VECTORIZE_16
  for (ptrdiff_t i = 0; i < LANES; i++) tail[i] = exp_nonpositive(tail[i] - shift);
  __builtin_memcpy(y + whole, tail, (size_t)(n - whole) * sizeof(float));
}

/// The mean of max − x.
FLEDGE_INLINE float mean_below(const float *x, float max, ptrdiff_t n) {
  enum { CHUNK = 1024 };
  float chunk[CHUNK];
  double total = 0;
  for (ptrdiff_t i = 0; i < n; i += CHUNK) {
    ptrdiff_t count = n - i < CHUNK ? n - i : CHUNK;
    FLEDGE_VECTORIZE
    for (ptrdiff_t j = 0; j < count; j++) chunk[j] = max - x[i + j];
    total += fledge_sum_f32(chunk, count);
  }
  return (float)(total / (double)n);
}

/// ln Σ exp(x − max) with max the largest x, without memory for the exponentials: they go through a
/// buffer that stays in the first-level cache. max + ln Σ is the log of the sum; x − max − ln Σ is
/// more exact than x minus that where the logits are large.
FLEDGE_INLINE float log_shifted_sum(const float *x, ptrdiff_t n, float *largest) {
  enum { CHUNK = 1024 };
  float chunk[CHUNK];
  float max = *largest = fledge_max_f32(x, n);
  if (max - max != 0.0f) return max - max;  // all −∞, or some ∞ or NaN: the row is NaN
  double total = 0;
  for (ptrdiff_t i = 0; i < n; i += CHUNK) {
    ptrdiff_t count = n - i < CHUNK ? n - i : CHUNK;
    exp_shifted(x + i, max, chunk, count);
    total += fledge_sum_f32(chunk, count);
  }
  return vm_log((float)total);
}
