// Batch norm, a channel at a time. Sums of planes are added up in double precision: there may be
// thousands of them.
#include "norm_sums.h"

enum { BLOCK = 1024 };

/// The number of planes summed at once: long ones in place, short ones gathered in a block, since a
/// call for a few elements costs more than their sum.
FLEDGE_INLINE ptrdiff_t planes_of_block(ptrdiff_t length) {
  return length >= 64 ? 1 : BLOCK / length;
}

FLEDGE_INLINE const float *block_of(const float *x, ptrdiff_t planes, ptrdiff_t stride,
                                    ptrdiff_t length, float *buffer) {
  if (length >= 64) return x;
  for (ptrdiff_t p = 0; p < planes; p++)
    for (ptrdiff_t i = 0; i < length; i++) buffer[p * length + i] = x[p * stride + i];
  return buffer;
}

FLEDGE_CLONES void fledge_channel_moments_f32(const float *x, ptrdiff_t planes, ptrdiff_t stride,
                                              ptrdiff_t length, float *mean, float *variance) {
  float buffer[BLOCK];
  double count = (double)(planes * length), sum = 0.0, squares = 0.0;
  ptrdiff_t step = planes_of_block(length);
  for (ptrdiff_t p = 0; p < planes; p += step) {
    ptrdiff_t n = planes - p < step ? planes - p : step;
    sum += (double)fledge_sum_f32(block_of(x + p * stride, n, stride, length, buffer), n * length);
  }
  *mean = (float)(sum / count);
  for (ptrdiff_t p = 0; p < planes; p += step) {
    ptrdiff_t n = planes - p < step ? planes - p : step;
    const float *block = block_of(x + p * stride, n, stride, length, buffer);
    squares += (double)squared_deviations(block, *mean, n * length);
  }
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
  float dy_buffer[BLOCK], x_buffer[BLOCK];
  double sum_g = 0.0, sum_gx = 0.0, count = (double)(planes * length);
  ptrdiff_t step = planes_of_block(length);
  for (ptrdiff_t p = 0; p < planes; p += step) {
    ptrdiff_t n = planes - p < step ? planes - p : step;
    float g, gx;
    gradient_sums(block_of(dy + p * stride, n, stride, length, dy_buffer),
                  block_of(x + p * stride, n, stride, length, x_buffer), NULL, mean, rstd,
                  n * length, &g, &gx);
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
