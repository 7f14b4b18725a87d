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
  ptrdiff_t rows = round_up(Tq, ROWS);
  return LANES + 5 * KEYS * round_up(D, LANES) + 3 * rows * packed_width(D) + rows;
}

/// delta[i] = Σ_d dO[i, d] · out[i, d], added in the order of the products in dO Vᵀ: for a query
/// that sees one key, whose out is a row of V, dP − Δ is exactly 0. Six rows hide each other's
/// latency.
FLEDGE_INLINE void row_products(const float *dO, ptrdiff_t ld, const float *out, ptrdiff_t ldo,
                                ptrdiff_t rows, ptrdiff_t D, float *delta) {
  for (ptrdiff_t i = 0; i < rows; i += ROWS) {
    float total[ROWS] = {0};
    const float *o[ROWS];
    for (int r = 0; r < ROWS; r++) o[r] = out + smaller(i + r, rows - 1) * ldo;
    for (ptrdiff_t d = 0; d < D; d++)
      for (int r = 0; r < ROWS; r++) total[r] += dO[(i + r) * ld + d] * o[r][d];
    __builtin_memcpy(delta + i, total, sizeof total);
  }
}

/// P from the scores, and dS from dO Vᵀ; zeros for the keys that a query does not see, as the sums
/// over queries run over whole tiles.
FLEDGE_INLINE void differentiate_softmax(float *P, float *dS, const ptrdiff_t *seen,
                                         ptrdiff_t rows, const float *bias, ptrdiff_t ldbias,
                                         const float *lse, const float *delta) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *p = P + r * KEYS, *ds = dS + r * KEYS;
    ptrdiff_t width = round_up(seen_by_group(seen, r), LANES);
    mask_row(p, seen[r], width, bias ? bias + r * ldbias : NULL);
    // A query that sees nothing has lse = −∞ and gets exp(−∞ − ∞) = 0.
    exp_shifted(p, lse[r] == -__builtin_inff() ? __builtin_inff() : lse[r], p, width);
    for (ptrdiff_t j = 0; j < width; j += LANES)
      STORE16(ds + j, LOAD16(p + j) * (LOAD16(ds + j) - delta[r]));
    for (ptrdiff_t j = width; j < KEYS; j++) p[j] = ds[j] = 0.0f;
  }
}

/// C += A B, one register tile; see accumulate_tile.
FLEDGE_INLINE void multiply_add_tile(const float *A, ptrdiff_t row, ptrdiff_t col, const float *B,
                                     ptrdiff_t ldb, ptrdiff_t K, float *C, ptrdiff_t ldc) {
  f32x16 tile[ROWS];
  for (int i = 0; i < ROWS; i++) tile[i] = LOAD16(C + i * ldc);
  accumulate_tile(tile, ROWS, A, row, col, B, ldb, K);
  for (int i = 0; i < ROWS; i++) STORE16(C + i * ldc, tile[i]);
}

FLEDGE_CLONES void fledge_attention_backward_f32(
    const float *q, ptrdiff_t ldq, const float *k, ptrdiff_t ldk, const float *v, ptrdiff_t ldv,
    const float *out, ptrdiff_t ldo, const float *lse, const float *dout, ptrdiff_t lddo, float *dq,
    ptrdiff_t lddq, float *dk, ptrdiff_t lddk, float *dv, ptrdiff_t lddv, ptrdiff_t Tq,
    ptrdiff_t Tk, ptrdiff_t from, ptrdiff_t to, ptrdiff_t D, float scale, bool causal,
    const float *bias, ptrdiff_t ldbias, float *scratch) {
  ptrdiff_t padded = round_up(Tq, ROWS), ld = packed_width(D), width = round_up(D, LANES);
  float *keys_transposed = first_line(scratch), *values_transposed = keys_transposed + KEYS * width;
  float *K = values_transposed + KEYS * width, *dK = K + KEYS * width, *dV = dK + KEYS * width;
  float *Q = dV + KEYS * width, *dO = Q + padded * ld, *dQ = dO + padded * ld;
  float *delta = dQ + padded * ld;
  _Alignas(64) float P[QUERIES * KEYS], dS[QUERIES * KEYS];
  ptrdiff_t seen[QUERIES];

  pack_rows(q, ldq, Tq, D, scale, Q, ld);
  pack_rows(dout, lddo, Tq, D, 1.0f, dO, ld);
  row_products(dO, ld, out, ldo, Tq, D, delta);
  __builtin_memset(dQ, 0, (size_t)(padded * ld) * sizeof(float));

  for (ptrdiff_t j0 = from; j0 < to; j0 += KEYS) {
    ptrdiff_t count = smaller(KEYS, to - j0);
    pack_transposed(k + j0 * ldk, ldk, count, D, keys_transposed);
    pack_transposed(v + j0 * ldv, ldv, count, D, values_transposed);
    pack_panels(k + j0 * ldk, ldk, count, D, K, KEYS);
    __builtin_memset(dK, 0, (size_t)(2 * KEYS * width) * sizeof(float));

    for (ptrdiff_t i0 = 0; i0 < Tq; i0 += QUERIES) {
      ptrdiff_t rows = smaller(QUERIES, Tq - i0);
      count_seen(seen, i0, rows, j0, count, Tq, Tk, causal);
      if (seen[rows - 1] == 0) continue;
      const float *corner = bias ? bias + i0 * ldbias + j0 : NULL;
      multiply_seen(Q + i0 * ld, ld, keys_transposed, D, seen, rows, count, P, KEYS);
      multiply_seen(dO + i0 * ld, ld, values_transposed, D, seen, rows, count, dS, KEYS);
      differentiate_softmax(P, dS, seen, rows, corner, ldbias, lse + i0, delta + i0);
      for (ptrdiff_t d = 0; d < width; d += LANES) {
        ptrdiff_t first = 0;  // query that sees key j
        for (ptrdiff_t j = 0; j < count; j += ROWS) {
          while (first < rows && seen[first] <= j) first++;
          if (first == rows) break;
          ptrdiff_t at = first * KEYS + j, row = (i0 + first) * ld + d;
          multiply_add_tile(P + at, 1, KEYS, dO + row, ld, rows - first, dV + j * width + d, width);
          multiply_add_tile(dS + at, 1, KEYS, Q + row, ld, rows - first, dK + j * width + d, width);
        }
        for (ptrdiff_t i = 0; i < rows; i += ROWS)
          multiply_add_tile(dS + i * KEYS, KEYS, 1, K + d * KEYS, LANES, seen_by_group(seen, i),
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
