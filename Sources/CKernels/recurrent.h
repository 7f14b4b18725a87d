// What the recurrent layers share: the order of the steps, and rows of the state in scratch.
#pragma once
#include "vector_math.h"

/// Rows in scratch are this far apart: a multiple of 64 bytes, but not of 4096, where the rows would
/// push each other out of the first-level cache.
FLEDGE_INLINE ptrdiff_t scratch_stride(ptrdiff_t n) {
  return (n + LANES - 1) / LANES * LANES + LANES;
}

/// The time of the s-th step.
FLEDGE_INLINE ptrdiff_t time_of(const fledge_sequence *q, ptrdiff_t s) {
  return q->reversed ? q->T - 1 - s : s;
}

/// Whether row r of the group takes part in the step at time t.
FLEDGE_INLINE bool is_live(const fledge_sequence *q, ptrdiff_t t, ptrdiff_t r) {
  return !q->lengths || t < q->lengths[q->first + r];
}

/// Row r of the group at time t in a tensor [T, B, width].
FLEDGE_INLINE ptrdiff_t row_at(const fledge_sequence *q, ptrdiff_t t, ptrdiff_t r,
                               ptrdiff_t width) {
  return (t * q->B + q->first + r) * width;
}

FLEDGE_INLINE void copy_row(const float *x, float *y, ptrdiff_t n) {
  __builtin_memcpy(y, x, (size_t)n * sizeof(float));
}

FLEDGE_INLINE void clear_row(float *y, ptrdiff_t n) {
  __builtin_memset(y, 0, (size_t)n * sizeof(float));
}

/// The group's rows of x [B, width] into scratch, and back.
FLEDGE_INLINE void load_state(const fledge_sequence *q, const float *x, float *state,
                              ptrdiff_t stride, ptrdiff_t width) {
  for (ptrdiff_t r = 0; r < q->rows; r++)
    copy_row(x + (q->first + r) * width, state + r * stride, width);
}
FLEDGE_INLINE void store_state(const fledge_sequence *q, const float *state, ptrdiff_t stride,
                               float *x, ptrdiff_t width) {
  for (ptrdiff_t r = 0; r < q->rows; r++)
    copy_row(state + r * stride, x + (q->first + r) * width, width);
}

/// y = x (+ bias).
FLEDGE_INLINE void add_bias(const float *x, const float *bias, float *y, ptrdiff_t n) {
  if (!bias) return copy_row(x, y, n);
  FLEDGE_VECTORIZE
  for (ptrdiff_t j = 0; j < n; j++) y[j] = x[j] + bias[j];
}

FLEDGE_INLINE void sigmoid_row(float *x, ptrdiff_t n) {
  FLEDGE_VECTORIZE_16
  for (ptrdiff_t j = 0; j < n; j++) x[j] = vm_sigmoid(x[j]);
}

FLEDGE_INLINE void tanh_row(float *x, ptrdiff_t n) {
  FLEDGE_VECTORIZE_16
  for (ptrdiff_t j = 0; j < n; j++) x[j] = vm_tanh(x[j]);
}
