// The backward pass of attention: for each tile of keys, the probabilities of the queries that see
// it are computed again from lse.
//
//   P = exp(S − lse)     dV = Pᵀ dO     dS = P ∘ (dO Vᵀ − Δ),  Δ_i = dO_i · O_i
//   dQ = scale · dS K    dK = scale · dSᵀ Q
#include "attention_tile.h"

enum {
  QUERIES = 48,  // multiples of 6 and of 16: both are rows of some products and columns of others
  KEYS = 48,
};

/// Floats from one packed row to the next: an odd number of cache lines, so that a column of lines
/// is spread over the whole cache.
FLEDGE_INLINE ptrdiff_t packed_width(ptrdiff_t D) { return LANES * ((D + LANES - 1) / LANES | 1); }

ptrdiff_t fledge_attention_backward_scratch(ptrdiff_t Tq, ptrdiff_t Tk, ptrdiff_t D) {
  (void)Tk;
  ptrdiff_t rows = round_up(Tq, ROWS), ld = packed_width(D), width = round_up(D, LANES);
  return LANES + 3 * rows * ld + 2 * KEYS * D + 3 * KEYS * width + round_up(rows, LANES);
}

FLEDGE_CLONES void fledge_attention_backward_f32(
    const float *q, ptrdiff_t ldq, const float *k, ptrdiff_t ldk, const float *v, ptrdiff_t ldv,
    const float *out, ptrdiff_t ldo, const float *lse, const float *dout, ptrdiff_t lddo, float *dq,
    ptrdiff_t lddq, float *dk, ptrdiff_t lddk, float *dv, ptrdiff_t lddv, ptrdiff_t Tq,
    ptrdiff_t Tk, ptrdiff_t D, float scale, bool causal, const float *bias, ptrdiff_t ldbias,
    float *scratch) {
  ptrdiff_t capacity = round_up(Tq, ROWS), ld = packed_width(D), width = round_up(D, LANES);
  float *next = first_line(scratch);
  float *Q = take(&next, capacity * ld), *dO = take(&next, capacity * ld);
  float *dQ = take(&next, capacity * ld), *delta = take(&next, capacity);
  float *keys = take(&next, KEYS * D), *values = take(&next, KEYS * D);
  float *K = take(&next, KEYS * width);
  float *dK = take(&next, KEYS * width), *dV = take(&next, KEYS * width);
  _Alignas(64) float P[QUERIES * KEYS], dS[QUERIES * KEYS];

  pack_rows(q, ldq, Tq, D, scale, Q, ld);
  pack_rows(dout, lddo, Tq, D, 1.0f, dO, ld);
  __builtin_memset(dQ, 0, (size_t)(capacity * ld) * sizeof(float));
  for (ptrdiff_t i = 0; i < Tq; i++) {
    float total = 0.0f;
    for (ptrdiff_t d = 0; d < D; d++) total += dout[i * lddo + d] * out[i * ldo + d];
    delta[i] = total;
  }

  for (ptrdiff_t j0 = 0; j0 < Tk; j0 += KEYS) {
    ptrdiff_t count = smaller(KEYS, Tk - j0);
    ptrdiff_t first = causal ? larger(0, j0 - (Tk - Tq)) : 0;  // query that sees any of these keys
    pack_transposed(k + j0 * ldk, ldk, count, D, keys);
    pack_transposed(v + j0 * ldv, ldv, count, D, values);
    pack_panels(k + j0 * ldk, ldk, count, D, K, KEYS);
    __builtin_memset(dK, 0, (size_t)(KEYS * width) * sizeof(float));
    __builtin_memset(dV, 0, (size_t)(KEYS * width) * sizeof(float));

    for (ptrdiff_t i0 = first / ROWS * ROWS; i0 < Tq; i0 += QUERIES) {
      ptrdiff_t rows = smaller(QUERIES, Tq - i0);
#define SEEN(i) \
  larger(0, smaller(count, keys_seen(i0 + smaller(i, rows) - 1, Tq, Tk, causal) - j0))
      for (ptrdiff_t j = 0; j < count; j += LANES)
        for (ptrdiff_t i = 0; i < rows; i += ROWS)
          if (j < SEEN(i + ROWS)) {
            multiply_tile(Q + (i0 + i) * ld, ld, keys + j * D, D, P + i * KEYS + j, KEYS);
            multiply_tile(dO + (i0 + i) * ld, ld, values + j * D, D, dS + i * KEYS + j, KEYS);
          }
      for (ptrdiff_t i = 0; i < rows; i++) {
        float *p = P + i * KEYS, *ds = dS + i * KEYS;
        ptrdiff_t row_width = round_up(SEEN(i / ROWS * ROWS + ROWS), LANES);
        float shift = lse[i0 + i];
        mask_row(p, SEEN(i + 1), row_width, bias ? bias + (i0 + i) * ldbias + j0 : NULL);
        exp_shifted(p, shift == -__builtin_inff() ? __builtin_inff() : shift, p, row_width);
        float d = delta[i0 + i];
        FLEDGE_VECTORIZE
        for (ptrdiff_t j = 0; j < row_width; j++) ds[j] = p[j] * (ds[j] - d);
        for (ptrdiff_t j = row_width; j < KEYS; j++) p[j] = ds[j] = 0.0f;
      }
      for (ptrdiff_t d = 0; d < width; d += LANES) {
        for (ptrdiff_t j = 0; j < count; j += ROWS) {
          const float *dO_panel = dO + i0 * ld + d, *Q_panel = Q + i0 * ld + d;
          multiply_add_tile(P + j, 1, KEYS, dO_panel, ld, rows, dV + j * width + d, width);
          multiply_add_tile(dS + j, 1, KEYS, Q_panel, ld, rows, dK + j * width + d, width);
        }
        for (ptrdiff_t i = 0; i < rows; i += ROWS)
          multiply_add_tile(dS + i * KEYS, KEYS, 1, K + d * KEYS, LANES, SEEN(i + ROWS),
                            dQ + (i0 + i) * ld + d, ld);
      }
    }
    for (ptrdiff_t j = 0; j < count; j++) {
      pack_row(dK + j * width, 1.0f, dk + (j0 + j) * lddk, D, D);
      pack_row(dV + j * width, 1.0f, dv + (j0 + j) * lddv, D, D);
    }
  }
  for (ptrdiff_t i = 0; i < Tq; i++) pack_row(dQ + i * ld, scale, dq + i * lddq, D, D);
}
