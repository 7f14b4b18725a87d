// The sums over contiguous elements that normalizations are made of.
#pragma once
#include "support.h"

/// Σ (x − mean)². Lane-wise totals of a row are 4 vectors wide where there is a choice, to hide the
/// latency of additions; the rest of the row, less than a vector, is added one by one at the end.
FLEDGE_INLINE float squared_deviations(const float *x, float mean, ptrdiff_t n) {
  f32x16 total[4] = {0};
  ptrdiff_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES)
    for (int v = 0; v < 4; v++) {
      f32x16 d = LOAD16(x + i + v * LANES) - mean;
      total[v] += d * d;
    }
  for (; i + LANES <= n; i += LANES) {
    f32x16 d = LOAD16(x + i) - mean;
    total[0] += d * d;
  }
  total[0] = (total[0] + total[1]) + (total[2] + total[3]);
  float sum = horizontal_sum(total);
  for (; i < n; i++) sum += (x[i] - mean) * (x[i] - mean);
  return sum;
}

/// Σ g and Σ g · x̂, with g = dy · gamma and x̂ = (x − mean) · rstd.
FLEDGE_INLINE void gradient_sums(const float *dy, const float *x, const float *gamma, float mean,
                                 float rstd, ptrdiff_t n, float *sum_g, float *sum_gx) {
  f32x16 g_total[2] = {0}, gx_total[2] = {0};
  ptrdiff_t i = 0;
  for (; i + 2 * LANES <= n; i += 2 * LANES)
    for (int v = 0; v < 2; v++) {
      ptrdiff_t at = i + v * LANES;
      f32x16 g = gamma ? LOAD16(dy + at) * LOAD16(gamma + at) : LOAD16(dy + at);
      g_total[v] += g;
      gx_total[v] += g * (LOAD16(x + at) - mean);
    }
  g_total[0] += g_total[1];
  gx_total[0] += gx_total[1];
  float g_sum = horizontal_sum(g_total), gx_sum = horizontal_sum(gx_total);
  for (; i < n; i++) {
    float g = gamma ? dy[i] * gamma[i] : dy[i];
    g_sum += g;
    gx_sum += g * (x[i] - mean);
  }
  *sum_g = g_sum;
  *sum_gx = gx_sum * rstd;
}
