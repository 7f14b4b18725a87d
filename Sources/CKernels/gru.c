// GRU over all steps (Cho et al. 2014), see lstm.c. The reset gate multiplies the finished product, as
// in cuDNN and PyTorch, so that a step is one product for all gates.
#include "recurrent.h"

/// From z and the products q = h Wᵀ + b, both [3H]: the gates (r, u, n), q's part for n, and
/// h ← (1 − u) n + u h.
FLEDGE_INLINE void gru_row(const float *z, const float *q, float *gate, float *product, float *h,
                           ptrdiff_t H) {
  FLEDGE_VECTORIZE_16
  for (ptrdiff_t j = 0; j < 2 * H; j++) gate[j] = vm_sigmoid(z[j] + q[j]);
  const float *zn = z + 2 * H, *qn = q + 2 * H, *reset = gate, *update = gate + H;
  float *n = gate + 2 * H;
  FLEDGE_VECTORIZE_16
  for (ptrdiff_t j = 0; j < H; j++) {
    float u = update[j], fresh = vm_tanh(zn[j] + reset[j] * qn[j]);
    n[j] = fresh;
    product[j] = qn[j];
    h[j] = (1.0f - u) * fresh + u * h[j];
  }
}

FLEDGE_CLONES void fledge_gru_f32(fledge_sequence sequence, const float *z, const float *bias,
                                  const float *packed, float *y, float *gates, float *products,
                                  float *h, float *scratch) {
  const fledge_sequence *q = &sequence;
  ptrdiff_t H = q->H, stride = scratch_stride(H), wide = scratch_stride(3 * H);
  float *state = scratch, *sums = scratch + q->rows * stride;
  load_state(q, h, state, stride, H);
  for (ptrdiff_t s = 0; s < q->T; s++) {
    ptrdiff_t t = time_of(q, s);
    for (ptrdiff_t r = 0; r < q->rows; r++) {
      if (bias)
        copy_row(bias, sums + r * wide, 3 * H);
      else
        clear_row(sums + r * wide, 3 * H);
    }
    if (s > 0 || !q->from_zero)
      fledge_gemm_rows_f32(q->rows, 3 * H, H, state, stride, packed, sums, wide);
    for (ptrdiff_t r = 0; r < q->rows; r++) {
      float *gate = gates + row_at(q, t, r, 3 * H), *product = products + row_at(q, t, r, H);
      float *out = y + row_at(q, t, r, H);
      if (is_live(q, t, r)) {
        gru_row(z + row_at(q, t, r, 3 * H), sums + r * wide, gate, product, state + r * stride, H);
        copy_row(state + r * stride, out, H);
      } else {
        clear_row(gate, 3 * H);
        clear_row(product, H);
        clear_row(out, H);
      }
    }
  }
  store_state(q, state, stride, h, H);
}

/// The gradients of one row's z and q, the latter also into `copy`. On entry dh is the gradient of
/// the new state without dy, on return the part of the old state's that does not go through q.
FLEDGE_INLINE void gru_grad_row(const float *gate, const float *product, const float *before,
                                const float *dy, float *dh, float *dz, float *dq, float *copy,
                                ptrdiff_t H) {
  const float *reset = gate, *update = gate + H, *fresh = gate + 2 * H;
  FLEDGE_VECTORIZE_16
  for (ptrdiff_t j = 0; j < H; j++) {
    float r = reset[j], u = update[j], n = fresh[j], d = dh[j] + dy[j];
    float dn = d * (1.0f - u) * (1.0f - n * n);
    float dr = dn * product[j] * r * (1.0f - r);
    float du = d * ((before ? before[j] : 0.0f) - n) * u * (1.0f - u);
    dz[j] = dq[j] = dr;
    dz[H + j] = dq[H + j] = du;
    dz[2 * H + j] = dn;
    dq[2 * H + j] = dn * r;
    dh[j] = d * u;
  }
  copy_row(dq, copy, 3 * H);
}

FLEDGE_CLONES void fledge_gru_grad_f32(fledge_sequence sequence, const float *dy, const float *y,
                                       const float *gates, const float *products, const float *h0,
                                       const float *packed, float *dz, float *dq, float *dh,
                                       float *scratch) {
  const fledge_sequence *q = &sequence;
  ptrdiff_t H = q->H, stride = scratch_stride(H), wide = scratch_stride(3 * H);
  float *dstate = scratch, *dsum = dstate + q->rows * stride;
  load_state(q, dh, dstate, stride, H);
  for (ptrdiff_t s = q->T - 1; s >= 0; s--) {
    ptrdiff_t t = time_of(q, s);
    for (ptrdiff_t r = 0; r < q->rows; r++) {
      ptrdiff_t at = row_at(q, t, r, 3 * H);
      if (!is_live(q, t, r)) {
        clear_row(dz + at, 3 * H);
        clear_row(dq + at, 3 * H);
        clear_row(dsum + r * wide, 3 * H);
        continue;
      }
      // A row read backward begins at its own end, where y holds the zeros behind it.
      bool is_first = s == 0 || !is_live(q, time_of(q, s - 1), r);
      const float *before = !is_first ? y + row_at(q, time_of(q, s - 1), r, H)
                            : h0      ? h0 + (q->first + r) * H
                                      : NULL;
      gru_grad_row(gates + at, products + row_at(q, t, r, H), before, dy + row_at(q, t, r, H),
                   dstate + r * stride, dz + at, dq + at, dsum + r * wide, H);
    }
    if (s > 0 || !q->from_zero)
      fledge_gemm_rows_f32(q->rows, H, 3 * H, dsum, wide, packed, dstate, stride);
  }
  store_state(q, dstate, stride, dh, H);
}
