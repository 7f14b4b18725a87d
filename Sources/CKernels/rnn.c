// The plain recurrent layer over all steps (Elman 1990), see lstm.c.
#include "recurrent.h"

FLEDGE_INLINE void relu_row(float *x, ptrdiff_t n) {
  FLEDGE_VECTORIZE
  for (ptrdiff_t j = 0; j < n; j++) x[j] = at_least(x[j], 0.0f);
}

FLEDGE_CLONES void fledge_rnn_f32(fledge_sequence sequence, bool relu, const float *z,
                                  const float *bias, const float *packed, float *y, float *h,
                                  float *scratch) {
  const fledge_sequence *q = &sequence;
  ptrdiff_t H = q->H, stride = scratch_stride(H);
  float *state = scratch, *sums = scratch + q->rows * stride;
  load_state(q, h, state, stride, H);
  for (ptrdiff_t s = 0; s < q->T; s++) {
    ptrdiff_t t = time_of(q, s);
    for (ptrdiff_t r = 0; r < q->rows; r++)
      add_bias(z + row_at(q, t, r, H), bias, sums + r * stride, H);
    if (s > 0 || !q->from_zero)
      fledge_gemm_rows_f32(q->rows, H, H, state, stride, packed, sums, stride);
    for (ptrdiff_t r = 0; r < q->rows; r++) {
      float *out = y + row_at(q, t, r, H);
      if (!is_live(q, t, r)) {
        clear_row(out, H);
        continue;
      }
      if (relu)
        relu_row(sums + r * stride, H);
      else
        tanh_row(sums + r * stride, H);
      copy_row(sums + r * stride, state + r * stride, H);
      copy_row(state + r * stride, out, H);
    }
  }
  store_state(q, state, stride, h, H);
}

FLEDGE_INLINE void rnn_grad_row(bool relu, const float *y, const float *dy, const float *dh,
                                float *dz, float *copy, ptrdiff_t H) {
  if (relu) {
    FLEDGE_VECTORIZE
    for (ptrdiff_t j = 0; j < H; j++) dz[j] = y[j] > 0.0f ? dh[j] + dy[j] : 0.0f;
  } else {
    FLEDGE_VECTORIZE
    for (ptrdiff_t j = 0; j < H; j++) dz[j] = (dh[j] + dy[j]) * (1.0f - y[j] * y[j]);
  }
  copy_row(dz, copy, H);
}

FLEDGE_CLONES void fledge_rnn_grad_f32(fledge_sequence sequence, bool relu, const float *dy,
                                       const float *y, const float *packed, float *dz, float *dh,
                                       float *scratch) {
  const fledge_sequence *q = &sequence;
  ptrdiff_t H = q->H, stride = scratch_stride(H);
  float *dstate = scratch, *dsum = dstate + q->rows * stride;
  load_state(q, dh, dstate, stride, H);
  for (ptrdiff_t s = q->T - 1; s >= 0; s--) {
    ptrdiff_t t = time_of(q, s);
    for (ptrdiff_t r = 0; r < q->rows; r++) {
      ptrdiff_t at = row_at(q, t, r, H);
      if (!is_live(q, t, r)) {
        clear_row(dz + at, H);
        clear_row(dsum + r * stride, H);
        continue;
      }
      rnn_grad_row(relu, y + at, dy + at, dstate + r * stride, dz + at, dsum + r * stride, H);
      clear_row(dstate + r * stride, H);
    }
    if (s > 0 || !q->from_zero)
      fledge_gemm_rows_f32(q->rows, H, H, dsum, stride, packed, dstate, stride);
  }
  store_state(q, dstate, stride, dh, H);
}
