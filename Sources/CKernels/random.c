// Philox4x32-10 and the distributions drawn from it.

// Fused multiply-adds are kept out of this file: a seed gives the same normals on every processor.
#pragma STDC FP_CONTRACT OFF
#include "vector_math.h"

enum { BLOCKS = 64, WORDS = 4 * BLOCKS };  // one round through the buffers on the stack

/// Ten rounds of Philox on the block counter + 0, 1, …; see fledge_random.h for the layout.
FLEDGE_INLINE void philox(uint32_t key0, uint32_t key1, uint64_t counter_hi, uint64_t counter_lo,
                          uint32_t *out, ptrdiff_t blocks) {
  FLEDGE_VECTORIZE
  for (ptrdiff_t j = 0; j < blocks; j++) {
    uint64_t block = counter_lo + (uint64_t)j;
    uint32_t c0 = (uint32_t)block, c1 = (uint32_t)(block >> 32);
    uint32_t c2 = (uint32_t)counter_hi, c3 = (uint32_t)(counter_hi >> 32);
    uint32_t k0 = key0, k1 = key1;
#pragma clang loop unroll(full)
    for (int round = 0; round < 10; round++) {
      uint64_t p0 = (uint64_t)0xd2511f53u * c0, p1 = (uint64_t)0xcd9e8d57u * c2;
      c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
      c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
      c1 = (uint32_t)p1;
      c3 = (uint32_t)p0;
      k0 += 0x9e3779b9u;  // the golden ratio
      k1 += 0xbb67ae85u;  // √3 − 1
    }
    out[4 * j] = c0;
    out[4 * j + 1] = c1;
    out[4 * j + 2] = c2;
    out[4 * j + 3] = c3;
  }
}

/// A word's 24 upper bits as a fraction: exact, for a float has 24.
FLEDGE_INLINE float unit_interval(uint32_t word) {
  return (float)(int32_t)(word >> 8) * 0x1p-24f;
}

FLEDGE_CLONES void fledge_uniform_f32(uint32_t key0, uint32_t key1, uint64_t counter_hi,
                                      uint64_t counter_lo, float *out, ptrdiff_t n) {
  for (ptrdiff_t start = 0; start < n; start += WORDS, counter_lo += BLOCKS) {
    ptrdiff_t count = n - start < WORDS ? n - start : WORDS;
    uint32_t word[WORDS];
    philox(key0, key1, counter_hi, counter_lo, word, (count + 3) / 4);
    FLEDGE_VECTORIZE
    for (ptrdiff_t i = 0; i < count; i++) out[start + i] = unit_interval(word[i]);
  }
}

FLEDGE_CLONES void fledge_normal_f32(uint32_t key0, uint32_t key1, uint64_t counter_hi,
                                     uint64_t counter_lo, float *out, ptrdiff_t n) {
  for (ptrdiff_t start = 0; start < n; start += WORDS, counter_lo += BLOCKS) {
    ptrdiff_t count = n - start < WORDS ? n - start : WORDS;
    uint32_t word[WORDS] = {0};
    float normal[WORDS];
    philox(key0, key1, counter_hi, counter_lo, word, (count + 3) / 4);
    FLEDGE_VECTORIZE_16
    for (ptrdiff_t j = 0; j < WORDS / 2; j++) {
      float radius = __builtin_sqrtf(-2.0f * vm_log(unit_interval(word[2 * j]) + 0x1p-24f));
      // The turn t = q/4 + rest, both exact.
      float t = unit_interval(word[2 * j + 1]);
      float shifted = 4.0f * t + ROUNDING_SHIFT;
      uint32_t q = bits_of(shifted);
      float r = 6.28318531f * (t - 0.25f * (shifted - ROUNDING_SHIFT));
      normal[2 * j] = radius * sin_of_quadrant(q + 1, r);
      normal[2 * j + 1] = radius * sin_of_quadrant(q, r);
    }
    __builtin_memcpy(out + start, normal, (size_t)count * sizeof(float));
  }
}

FLEDGE_CLONES void fledge_dropout_f32(uint32_t key0, uint32_t key1, uint64_t counter_hi,
                                      uint64_t counter_lo, float kept, float scale,
                                      const float *x, float *y, ptrdiff_t n) {
  for (ptrdiff_t start = 0; start < n; start += WORDS, counter_lo += BLOCKS) {
    ptrdiff_t count = n - start < WORDS ? n - start : WORDS;
    uint32_t word[WORDS];
    philox(key0, key1, counter_hi, counter_lo, word, (count + 3) / 4);
    FLEDGE_VECTORIZE
    for (ptrdiff_t i = 0; i < count; i++) {
      float value = x[start + i] * scale;
      y[start + i] = unit_interval(word[i]) < kept ? value : 0.0f;
    }
  }
}
