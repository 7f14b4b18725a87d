// Batch norm, a channel at a time. Sums of planes are added up in double precision: there may be
// thousands of them.
#include "norm_sums.h"

FLEDGE_CLONES void fledge_channel_moments_f32(const float *x, ptrdiff_t planes, ptrdiff_t stride,
                                              ptrdiff_t length, float *mean, float *variance) {
  double count = (double)(planes * length), sum = 0.0, squares = 0.0;
  for (ptrdiff_t p = 0; p < planes; p++) sum += (double)fledge_sum_f32(x + p * stride, length);
  *mean = (float)(sum / count);
  for (ptrdiff_t p = 0; p < planes; p++)
    squares += (double)squared_deviations(x + p * stride, *mean, length);
  *variance = (float)(squares / count);
}

FLEDGE_CLONES void fledge_channel_norm_f32(const float *x, ptrdiff_t planes, ptrdiff_t stride,
                                           ptrdiff_t length, float mean, float scale, float shift,
                                           float *y) {
  for (ptrdiff_t p = 0; p < planes; p++, x += stride, y += stride) {
    FLEDGE_VECTORIZE
    for (ptrdiff_t i = 0; i < length; i++) y[i] = (x[i] - mean) * scale + shift;
  }
}

FLEDGE_CLONES void fledge_channel_norm_grad_f32(const float *dy, const float *x, ptrdiff_t planes,
                                                ptrdiff_t stride, ptrdiff_t length, float mean,
                                                float rstd, float gamma, float *dx, float *dgamma,
                                                float *dbeta) {
  double sum_g = 0.0, sum_gx = 0.0, count = (double)(planes * length);
  for (ptrdiff_t p = 0; p < planes; p++) {
    float g, gx;
    gradient_sums(dy + p * stride, x + p * stride, NULL, mean, rstd, length, &g, &gx);
    sum_g += (double)g;
    sum_gx += (double)gx;
  }
  *dbeta = (float)sum_g;
  *dgamma = (float)sum_gx;
  float mean_g = (float)(sum_g / count), slope = rstd * (float)(sum_gx / count);
  float scale = gamma * rstd;
  for (ptrdiff_t p = 0; p < planes; p++, dy += stride, x += stride, dx += stride) {
    FLEDGE_VECTORIZE
    for (ptrdiff_t i = 0; i < length; i++)
      dx[i] = scale * (dy[i] - mean_g - (x[i] - mean) * slope);
  }
}
