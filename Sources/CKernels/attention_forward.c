// The forward pass of attention. A block of queries meets the keys tile by tile; between tiles a
// query keeps its largest score so far, the sum of exp(score − largest), and the sum of the values
// with these weights. When the largest changes, both sums are rescaled (online softmax).
#include "attention_tile.h"

enum {
  BLOCK = 192,  // queries that share one packing of a tile of keys
  STRIP = 48,   // queries whose scores fit the first-level cache: 48 × 64 floats, 12 KiB
  KEYS = 64,
};

ptrdiff_t fledge_attention_forward_scratch(ptrdiff_t Tq, ptrdiff_t Tk, ptrdiff_t D) {
  (void)Tk;
  ptrdiff_t rows = smaller(BLOCK, round_up(Tq, ROWS)), width = round_up(D, LANES);
  return LANES + rows * (width + width + LANES) + KEYS * (width + width);
}

/// Scores become exp(score − max) after `max` has been raised to them; factor[r] is
/// exp(old max − max). The sums are kept per lane, 16 for each query.
FLEDGE_INLINE void online_softmax(float *scores, const ptrdiff_t *seen, ptrdiff_t rows,
                                  const float *bias, ptrdiff_t ldbias, float *max, float *sums,
                                  float *factor) {
  const float lowest = -__builtin_inff();
  float raised[STRIP];
  for (ptrdiff_t r = 0; r < STRIP; r++) raised[r] = max[r];
  for (ptrdiff_t r = 0; r < rows; r++) {
    ptrdiff_t width = round_up(seen_by_group(seen, r), LANES);
    mask_row(scores + r * KEYS, seen[r], width, bias ? bias + r * ldbias : NULL);
    f32x16 highest = SPLAT16(lowest);
    for (ptrdiff_t j = 0; j < width; j += LANES)
      highest = __builtin_elementwise_max(highest, LOAD16(scores + r * KEYS + j));
    raised[r] = at_least(__builtin_reduce_max(highest), max[r]);
  }
  float shift[STRIP];  // where no key was seen yet, 0 stands in for −∞, and exp(−∞ − 0) = 0
  FLEDGE_VECTORIZE_16
  for (ptrdiff_t r = 0; r < STRIP; r++) {
    shift[r] = raised[r] == lowest ? 0.0f : raised[r];
    factor[r] = vm_exp(max[r] - shift[r]);
    max[r] = raised[r];
  }
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *row = scores + r * KEYS;
    ptrdiff_t width = round_up(seen_by_group(seen, r), LANES);
    exp_shifted(row, shift[r], row, width);
    f32x16 sum = factor[r] * LOAD16(sums + r * LANES);
    for (ptrdiff_t j = 0; j < width; j += LANES) sum += LOAD16(row + j);
    STORE16(sums + r * LANES, sum);
  }
}

/// total[r, :] = factor[r] · total[r, :] + Σ_j weights[r, j] · values[j, :].
FLEDGE_INLINE void add_values(const float *weights, const float *values, const ptrdiff_t *seen,
                              const float *factor, ptrdiff_t rows, float *total, ptrdiff_t width) {
  ptrdiff_t d = 0;
  for (; rows == 1 && d + PANELS * LANES <= width; d += PANELS * LANES) {
    f32x16 tile[PANELS];
    for (int p = 0; p < PANELS; p++) tile[p] = factor[0] * LOAD16(total + d + p * LANES);
    accumulate_row(tile, weights, values + d * KEYS, KEYS * LANES, seen[0]);
    for (int p = 0; p < PANELS; p++) STORE16(total + d + p * LANES, tile[p]);
  }
  for (; d < width; d += LANES)
    for (ptrdiff_t r = 0; r < rows; r += ROWS) {
      float *c = total + r * width + d;
      f32x16 tile[ROWS];
      for (int i = 0; i < ROWS; i++) tile[i] = factor[r + i] * LOAD16(c + i * width);
      accumulate_tile(tile, ROWS, weights + r * KEYS, KEYS, 1, values + d * KEYS, LANES,
                      seen_by_group(seen, r));
      for (int i = 0; i < ROWS; i++) STORE16(c + i * width, tile[i]);
    }
}

FLEDGE_CLONES void fledge_attention_forward_f32(const float *q, ptrdiff_t ldq, const float *k,
                                                ptrdiff_t ldk, const float *v, ptrdiff_t ldv,
                                                float *out, ptrdiff_t ldo, float *lse, ptrdiff_t Tq,
                                                ptrdiff_t Tk, ptrdiff_t D, float scale, bool causal,
                                                const float *bias, ptrdiff_t ldbias,
                                                float *scratch) {
  ptrdiff_t width = round_up(D, LANES), capacity = smaller(BLOCK, round_up(Tq, ROWS));
  float *keys = first_line(scratch), *values = keys + KEYS * width;
  float *queries = values + KEYS * width, *total = queries + capacity * width;
  float *sums = total + capacity * width;
  _Alignas(64) float scores[STRIP * KEYS];
  float max[BLOCK], factor[STRIP];
  ptrdiff_t seen[STRIP];
  // A lone query leaves the other rows of its group unwritten, and add_values may read them.
  __builtin_memset(scores, 0, ROWS * KEYS * sizeof(float));

  for (ptrdiff_t i0 = 0; i0 < Tq; i0 += BLOCK) {
    ptrdiff_t rows = smaller(BLOCK, Tq - i0), padded = round_up(rows, ROWS);
    pack_rows(q + i0 * ldq, ldq, rows, D, scale, queries, D);
    __builtin_memset(total, 0, (size_t)(padded * width) * sizeof(float));
    __builtin_memset(sums, 0, (size_t)(padded * LANES) * sizeof(float));
    for (ptrdiff_t i = 0; i < BLOCK; i++) max[i] = -__builtin_inff();

    ptrdiff_t end = visible_end(i0 + rows - 1, Tq, Tk, causal);
    for (ptrdiff_t j0 = 0; j0 < end; j0 += KEYS) {
      ptrdiff_t count = smaller(KEYS, end - j0);
      pack_transposed(k + j0 * ldk, ldk, count, D, keys);
      pack_panels(v + j0 * ldv, ldv, count, D, values, KEYS);
      for (ptrdiff_t i = 0; i < rows; i += STRIP) {
        ptrdiff_t strip = smaller(STRIP, rows - i);
        count_seen(seen, i0 + i, strip, j0, count, Tq, Tk, causal);
        if (seen[strip - 1] == 0) continue;
        const float *corner = bias ? bias + (i0 + i) * ldbias + j0 : NULL;
        multiply_seen(queries + i * D, D, keys, D, seen, strip, count, scores, KEYS);
        online_softmax(scores, seen, strip, corner, ldbias, max + i, sums + i * LANES, factor);
        add_values(scores, values, seen, factor, strip, total + i * width, width);
      }
    }

    for (ptrdiff_t i = 0; i < rows; i++) {
      float sum = horizontal_sum((const f32x16 *)(sums + i * LANES));
      lse[i0 + i] = sum;
      pack_row(total + i * width, sum == 0.0f ? 0.0f : 1.0f / sum, out + (i0 + i) * ldo, D, D);
    }
    FLEDGE_VECTORIZE_16
    for (ptrdiff_t i = 0; i < rows; i++) lse[i0 + i] = max[i] + vm_log(lse[i0 + i]);
  }
}
