// The forward pass of attention. A block of queries meets the keys tile by tile; what it keeps
// between tiles is, for each query, the largest score so far, the sum of the exponentials relative
// to it, and the weighted sum of the values.
#include "attention_tile.h"

enum {
  QUERIES = 192,  // that share one packing of a tile of keys
  STRIP = 48,     // queries whose scores stay in the first-level cache: 48 × 64 floats, 12 KiB
  KEYS = 64,
};

ptrdiff_t fledge_attention_forward_scratch(ptrdiff_t Tq, ptrdiff_t Tk, ptrdiff_t D) {
  (void)Tk;
  ptrdiff_t rows = smaller(QUERIES, round_up(Tq, ROWS)), width = round_up(D, LANES);
  return LANES + round_up(rows * D, LANES) + rows * width + KEYS * (D + width);
}

FLEDGE_INLINE float row_max(const float *x, ptrdiff_t n) {
  f32x16 max = LOAD16(x);
  for (ptrdiff_t j = LANES; j < n; j += LANES) {
    f32x16 y = LOAD16(x + j);
    max = __builtin_elementwise_max(max, y);
  }
  return __builtin_reduce_max(max);
}

FLEDGE_INLINE float row_sum(const float *x, ptrdiff_t n) {
  f32x16 total = LOAD16(x);
  for (ptrdiff_t j = LANES; j < n; j += LANES) total += LOAD16(x + j);
  float lane[LANES];
  __builtin_memcpy(lane, &total, sizeof lane);
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int j = 0; j < half; j++) lane[j] += lane[j + half];
  return lane[0];
}

/// Replaces a query's scores in a tile by exp(score − max), brings max and sum up to date, and
/// returns the factor exp(old max − max) for what was summed before. A query that has seen no key
/// yet has max = −∞, and 0 stands in for it.
FLEDGE_INLINE float online_softmax(float *scores, ptrdiff_t width, float *max, float *sum) {
  float highest = at_least(row_max(scores, width), *max);
  float shift = highest == -__builtin_inff() ? 0.0f : highest;
  exp_shifted(scores, shift, scores, width);
  float factor = vm_exp(*max - shift);
  *max = highest;
  *sum = *sum * factor + row_sum(scores, width);
  return factor;
}

FLEDGE_CLONES void fledge_attention_forward_f32(const float *q, ptrdiff_t ldq, const float *k,
                                                ptrdiff_t ldk, const float *v, ptrdiff_t ldv,
                                                float *out, ptrdiff_t ldo, float *lse, ptrdiff_t Tq,
                                                ptrdiff_t Tk, ptrdiff_t D, float scale, bool causal,
                                                const float *bias, ptrdiff_t ldbias,
                                                float *scratch) {
  ptrdiff_t width = round_up(D, LANES), capacity = smaller(QUERIES, round_up(Tq, ROWS));
  float *next = first_line(scratch);
  float *queries = take(&next, capacity * D), *total = take(&next, capacity * width);
  float *keys = take(&next, KEYS * D), *values = take(&next, KEYS * width);
  _Alignas(64) float scores[STRIP * KEYS];
  float max[QUERIES], sum[QUERIES], factor[STRIP];

  for (ptrdiff_t i0 = 0; i0 < Tq; i0 += QUERIES) {
    ptrdiff_t rows = smaller(QUERIES, Tq - i0);
    ptrdiff_t last = keys_seen(i0 + rows - 1, Tq, Tk, causal);
    pack_rows(q + i0 * ldq, ldq, rows, D, scale, queries, D);
    __builtin_memset(total, 0, (size_t)(round_up(rows, ROWS) * width) * sizeof(float));
    for (ptrdiff_t i = 0; i < rows; i++) max[i] = -__builtin_inff(), sum[i] = 0.0f;

    for (ptrdiff_t j0 = 0; j0 < last; j0 += KEYS) {
      ptrdiff_t count = smaller(KEYS, last - j0);
      pack_transposed(k + j0 * ldk, ldk, count, D, keys);
      pack_panels(v + j0 * ldv, ldv, count, D, values, KEYS);

      for (ptrdiff_t strip = 0; strip < rows; strip += STRIP) {
        ptrdiff_t end = smaller(rows, strip + STRIP);
        // Keys of this tile that the queries before `i` see.
#define SEEN(i) smaller(count, keys_seen(i0 + smaller(i, end) - 1, Tq, Tk, causal) - j0)
        if (SEEN(end) <= 0) continue;
        for (ptrdiff_t j = 0; j < count; j += LANES)
          for (ptrdiff_t i = strip; i < end; i += ROWS)
            if (j < SEEN(i + ROWS))
              multiply_tile(queries + i * D, D, keys + j * D, D, scores + (i - strip) * KEYS + j,
                            KEYS);
        for (ptrdiff_t i = strip; i < end; i++) {
          float *row = scores + (i - strip) * KEYS;
          ptrdiff_t group_end = i - (i - strip) % ROWS + ROWS;
          ptrdiff_t row_width = round_up(larger(0, SEEN(group_end)), LANES);
          factor[i - strip] = 1.0f;
          if (row_width == 0) continue;
          mask_row(row, SEEN(i + 1), row_width, bias ? bias + (i0 + i) * ldbias + j0 : NULL);
          factor[i - strip] = online_softmax(row, row_width, max + i, sum + i);
        }
        for (ptrdiff_t i = end - strip; i < STRIP; i++) factor[i] = 1.0f;
        for (ptrdiff_t d = 0; d < width; d += LANES)
          for (ptrdiff_t i = strip; i < end; i += ROWS) {
            float *c = total + i * width + d;
            f32x16 tile[ROWS];
            for (int r = 0; r < ROWS; r++) tile[r] = factor[i - strip + r] * LOAD16(c + r * width);
            accumulate_tile(tile, ROWS, scores + (i - strip) * KEYS, KEYS, 1, values + d * KEYS,
                            LANES, larger(0, SEEN(i + ROWS)));
            for (int r = 0; r < ROWS; r++) STORE16(c + r * width, tile[r]);
          }
      }
    }
    for (ptrdiff_t i = 0; i < rows; i++) {
      float inverse = sum[i] == 0.0f ? 0.0f : 1.0f / sum[i];
      lse[i0 + i] = max[i] + vm_log(sum[i]);
      pack_row(total + i * width, inverse, out + (i0 + i) * ldo, D, D);
    }
  }
}
