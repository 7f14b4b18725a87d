// Rotary positions.
#include "support.h"

FLEDGE_CLONES void fledge_rotary_f32(const float *x, const float *cosine, const float *sine,
                                     float *y, ptrdiff_t from, ptrdiff_t to, ptrdiff_t T,
                                     ptrdiff_t D) {
  ptrdiff_t half = D / 2;
  for (ptrdiff_t r = from; r < to; r++) {
    const float *a = x + r * D, *b = a + half;
    const float *c = cosine + r % T * half, *s = sine + r % T * half;
    float *u = y + r * D, *v = u + half;
    FLEDGE_VECTORIZE
    for (ptrdiff_t i = 0; i < half; i++) {
      u[i] = a[i] * c[i] - b[i] * s[i];
      v[i] = b[i] * c[i] + a[i] * s[i];
    }
  }
}
