// LSTM over all steps (Hochreiter & Schmidhuber 1997; Gers et al. 2000 for the forget gate), in the
// manner of Appleyard et al. (2016): the inputs' products for all steps come in as z, so that a step
// is one product with the packed recurrent weights and one pass over the gates.
#include "recurrent.h"

ptrdiff_t fledge_recurrent_scratch(ptrdiff_t rows, ptrdiff_t H, ptrdiff_t gates) {
  return rows * (2 * scratch_stride(H) + scratch_stride(gates * H));
}

/// From the sums in `gate` [4H]: the gates in place, c ← f c + i g, h ← o tanh c.
FLEDGE_INLINE void lstm_row(float *gate, float *c, float *h, ptrdiff_t H) {
  float *i = gate, *f = gate + H, *g = gate + 2 * H, *o = gate + 3 * H;
  sigmoid_row(i, 2 * H);
  tanh_row(g, H);
  sigmoid_row(o, H);
  FLEDGE_VECTORIZE_16
  for (ptrdiff_t j = 0; j < H; j++) {
    float cell = f[j] * c[j] + i[j] * g[j];
    c[j] = cell;
    h[j] = o[j] * vm_tanh(cell);
  }
}

FLEDGE_CLONES void fledge_lstm_f32(fledge_sequence sequence, const float *z, const float *bias,
                                   const float *packed, float *y, float *gates, float *cells,
                                   float *h, float *c, float *scratch) {
  const fledge_sequence *q = &sequence;
  ptrdiff_t H = q->H, stride = scratch_stride(H);
  float *state = scratch, *cell = scratch + q->rows * stride;
  load_state(q, h, state, stride, H);
  load_state(q, c, cell, stride, H);
  for (ptrdiff_t s = 0; s < q->T; s++) {
    ptrdiff_t t = time_of(q, s);
    float *gate = gates + row_at(q, t, 0, 4 * H);
    for (ptrdiff_t r = 0; r < q->rows; r++)
      add_bias(z + row_at(q, t, r, 4 * H), bias, gate + r * 4 * H, 4 * H);
    if (s > 0 || !q->from_zero)
      fledge_gemm_rows_f32(q->rows, 4 * H, H, state, stride, packed, gate, 4 * H);
    for (ptrdiff_t r = 0; r < q->rows; r++) {
      float *out = y + row_at(q, t, r, H);
      if (is_live(q, t, r)) {
        lstm_row(gate + r * 4 * H, cell + r * stride, state + r * stride, H);
        copy_row(state + r * stride, out, H);
      } else {
        clear_row(gate + r * 4 * H, 4 * H);
        clear_row(out, H);
      }
      copy_row(cell + r * stride, cells + row_at(q, t, r, H), H);
    }
  }
  store_state(q, state, stride, h, H);
  store_state(q, cell, stride, c, H);
}

/// The gradients of one row's sums, also into `copy`, from dh (with dy added) and dc, which becomes
/// the gradient of the cell before. `before` is that cell, NULL where it is 0.
FLEDGE_INLINE void lstm_grad_row(const float *gate, const float *cell, const float *before,
                                 const float *dy, const float *dh, float *dc, float *dz,
                                 float *copy, ptrdiff_t H) {
  const float *gi = gate, *gf = gate + H, *gg = gate + 2 * H, *go = gate + 3 * H;
  FLEDGE_VECTORIZE_16
  for (ptrdiff_t j = 0; j < H; j++) {
    float i = gi[j], f = gf[j], g = gg[j], o = go[j], t = vm_tanh(cell[j]), d = dh[j] + dy[j];
    float dcell = dc[j] + d * o * (1.0f - t * t);
    dz[j] = dcell * g * i * (1.0f - i);
    dz[2 * H + j] = dcell * i * (1.0f - g * g);
    dz[3 * H + j] = d * t * o * (1.0f - o);
    dz[H + j] = before ? dcell * before[j] * f * (1.0f - f) : 0.0f;
    dc[j] = dcell * f;
  }
  copy_row(dz, copy, 4 * H);
}

FLEDGE_CLONES void fledge_lstm_grad_f32(fledge_sequence sequence, const float *dy,
                                        const float *gates, const float *cells, const float *c0,
                                        const float *packed, float *dz, float *dh, float *dc,
                                        float *scratch) {
  const fledge_sequence *q = &sequence;
  ptrdiff_t H = q->H, stride = scratch_stride(H), wide = scratch_stride(4 * H);
  float *dstate = scratch, *dcell = dstate + q->rows * stride, *dgate = dcell + q->rows * stride;
  load_state(q, dh, dstate, stride, H);
  load_state(q, dc, dcell, stride, H);
  for (ptrdiff_t s = q->T - 1; s >= 0; s--) {
    ptrdiff_t t = time_of(q, s);
    for (ptrdiff_t r = 0; r < q->rows; r++) {
      float *target = dz + row_at(q, t, r, 4 * H);
      if (!is_live(q, t, r)) {
        clear_row(target, 4 * H);
        clear_row(dgate + r * wide, 4 * H);
        continue;
      }
      const float *before = s > 0 ? cells + row_at(q, time_of(q, s - 1), r, H)
                            : c0  ? c0 + (q->first + r) * H
                                  : NULL;
      lstm_grad_row(gates + row_at(q, t, r, 4 * H), cells + row_at(q, t, r, H), before,
                    dy + row_at(q, t, r, H), dstate + r * stride, dcell + r * stride, target,
                    dgate + r * wide, H);
      clear_row(dstate + r * stride, H);
    }
    if (s > 0 || !q->from_zero)
      fledge_gemm_rows_f32(q->rows, H, 4 * H, dgate, wide, packed, dstate, stride);
  }
  store_state(q, dstate, stride, dh, H);
  store_state(q, dcell, stride, dc, H);
}
