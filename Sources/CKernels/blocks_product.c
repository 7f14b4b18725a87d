// Products with weights that stay in blocks of 4 or 8 bits. Eight rows of the weight are unpacked into
// a panel that the first-level cache holds, so that a vector has four neighbours of each of the eight
// rows; then each row of activations runs through the panel. The sums of a block are 8 integers, one for
// each row of the weight, without a horizontal addition.
#include "blocks.h"

enum {
  ROWS_OF_PANEL = 8,
  PANEL_BYTES = ROWS_OF_PANEL * BLOCK_WIDTH,   // of a block: its numbers, as bytes
  PANEL_FLOATS = 2 * ROWS_OF_PANEL,            // of a block: d of each row, then m
  TOKENS = 128,                                // activations that stay in the second-level cache
};

ptrdiff_t fledge_block_product_scratch(ptrdiff_t blocks) {
  return LANES + blocks * (PANEL_BYTES / (ptrdiff_t)sizeof(float) + PANEL_FLOATS);
}

// MARK: Plain C

/// Σ q_w q_x of a block.
FLEDGE_INLINE int32_t block_sum(fledge_block_format format, const uint8_t *block,
                                const int8_t *q) {
  int32_t total = 0;
  if (format == FLEDGE_Q8_0) {
    for (int j = 0; j < BLOCK_WIDTH; j++) total += (int8_t)block[2 + j] * q[j];
  } else {
    const uint8_t *bytes = block + (format == FLEDGE_Q4_1 ? 4 : 2);
    for (int j = 0; j < 16; j++)
      total += (bytes[j] & 0x0f) * q[j] + (bytes[j] >> 4) * q[j + 16];
  }
  return total;
}

/// m: that of the file, or −8 d, since a nibble of Q4_0 counts from 8.
FLEDGE_INLINE float minimum_of(fledge_block_format format, const uint8_t *block, float d) {
  return format == FLEDGE_Q4_1 ? half_at(block + 2) : -8.0f * d;
}

FLEDGE_CLONES void fledge_block_product_portable(fledge_block_format format, const uint8_t *rows,
                                                 ptrdiff_t N, ptrdiff_t blocks, const int8_t *q,
                                                 const float *scale, const float *sum, ptrdiff_t M,
                                                 float *y, ptrdiff_t ldy) {
  ptrdiff_t size = bytes_of_block(format);
  for (ptrdiff_t n = 0; n < N; n++)
    for (ptrdiff_t m = 0; m < M; m++) {
      float total = 0.0f;
      for (ptrdiff_t b = 0; b < blocks; b++) {
        const uint8_t *block = rows + (n * blocks + b) * size;
        ptrdiff_t place = m * blocks + b;
        float d = half_at(block), sums = (float)block_sum(format, block, q + place * BLOCK_WIDTH);
        total = __builtin_fmaf(d * scale[place], sums, total);
        if (format != FLEDGE_Q8_0)
          total = __builtin_fmaf(minimum_of(format, block, d), sum[place], total);
      }
      y[m * ldy + n] = total;
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

// MARK: AVX2

#define AVX2 __attribute__((target("avx2,fma,f16c")))
#define AVX2_INLINE static inline __attribute__((always_inline, target("avx2,fma,f16c")))

/// Four vectors of 4 bytes × 8 rows from 16 bytes of each row: chunk c of all rows side by side.
AVX2_INLINE void transpose_chunks(const uint8_t *const *rows, __m256i chunks[4]) {
  __m256i pair[4];
  for (int r = 0; r < 4; r++)
    pair[r] = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)rows[r])),
        _mm_loadu_si128((const __m128i *)rows[r + 4]), 1);
  __m256i low01 = _mm256_unpacklo_epi32(pair[0], pair[1]);
  __m256i high01 = _mm256_unpackhi_epi32(pair[0], pair[1]);
  __m256i low23 = _mm256_unpacklo_epi32(pair[2], pair[3]);
  __m256i high23 = _mm256_unpackhi_epi32(pair[2], pair[3]);
  chunks[0] = _mm256_unpacklo_epi64(low01, low23);
  chunks[1] = _mm256_unpackhi_epi64(low01, low23);
  chunks[2] = _mm256_unpacklo_epi64(high01, high23);
  chunks[3] = _mm256_unpackhi_epi64(high01, high23);
}

AVX2_INLINE __m256 halves_of(const uint8_t *const *rows, ptrdiff_t offset) {
  short h[ROWS_OF_PANEL];
  for (int r = 0; r < ROWS_OF_PANEL; r++) h[r] = (short)half_bits(rows[r] + offset);
  return _mm256_cvtph_ps(_mm_setr_epi16(h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]));
}

/// Unpacks one block of eight rows; `format` is a constant.
AVX2_INLINE void unpack_block(const fledge_block_format format, const uint8_t *const *rows,
                              int8_t *panel, float *factors) {
  ptrdiff_t header = format == FLEDGE_Q4_1 ? 4 : 2;
  const uint8_t *bytes[ROWS_OF_PANEL];
  for (int r = 0; r < ROWS_OF_PANEL; r++) bytes[r] = rows[r] + header;
  __m256i chunks[4], nibble = _mm256_set1_epi8(0x0f), *target = (__m256i *)panel;
  transpose_chunks(bytes, chunks);
  if (format == FLEDGE_Q8_0) {
    for (int c = 0; c < 4; c++) _mm256_store_si256(target + c, chunks[c]);
    for (int r = 0; r < ROWS_OF_PANEL; r++) bytes[r] += 16;
    transpose_chunks(bytes, chunks);
    for (int c = 0; c < 4; c++) _mm256_store_si256(target + 4 + c, chunks[c]);
  } else {
    for (int c = 0; c < 4; c++) {
      _mm256_store_si256(target + c, _mm256_and_si256(chunks[c], nibble));
      _mm256_store_si256(target + 4 + c,
                         _mm256_and_si256(_mm256_srli_epi16(chunks[c], 4), nibble));
    }
  }
  __m256 d = halves_of(rows, 0);
  _mm256_store_ps(factors, d);
  if (format == FLEDGE_Q4_1)
    _mm256_store_ps(factors + ROWS_OF_PANEL, halves_of(rows, 2));
  else if (format == FLEDGE_Q4_0)
    _mm256_store_ps(factors + ROWS_OF_PANEL, _mm256_mul_ps(d, _mm256_set1_ps(-8.0f)));
}

AVX2_INLINE int32_t four_bytes(const int8_t *q) {
  int32_t word;
  __builtin_memcpy(&word, q, sizeof word);
  return word;
}

/// y[t, 0 ..< 8] for T rows of activations; `format` and T are constants, so that sums live in
/// registers.
AVX2_INLINE void multiply_panel(const fledge_block_format format, const int T, const int8_t *panel,
                                const float *factors, ptrdiff_t blocks, const int8_t *q,
                                const float *scale, const float *sum, float *y, ptrdiff_t ldy,
                                ptrdiff_t width) {
  __m256 total[4];
  const __m256i ones = _mm256_set1_epi16(1);
  for (int t = 0; t < T; t++) total[t] = _mm256_setzero_ps();
  for (ptrdiff_t b = 0; b < blocks; b++) {
    const __m256i *chunks = (const __m256i *)(panel + b * PANEL_BYTES);
    __m256i sums[4];
    for (int t = 0; t < T; t++) sums[t] = _mm256_setzero_si256();
    for (int c = 0; c < 8; c++) {
      __m256i w = _mm256_load_si256(chunks + c);
      for (int t = 0; t < T; t++) {
        const int8_t *numbers = q + (t * blocks + b) * BLOCK_WIDTH + 4 * c;
        __m256i x = _mm256_set1_epi32(four_bytes(numbers));
        if (format == FLEDGE_Q8_0) {
          // Bytes without a sign times bytes with one: the sign of w, which may be −128, goes to x,
          // which is at least −127. A pair is at most 2 · 128 · 127, which 16 bits hold.
          __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
          sums[t] = _mm256_add_epi32(sums[t], _mm256_madd_epi16(pairs, ones));
        } else {
          // At most 8 · 2 · 15 · 127 = 30480: 16 bits hold the sums of the whole block.
          sums[t] = _mm256_add_epi16(sums[t], _mm256_maddubs_epi16(w, x));
        }
      }
    }
    __m256 d = _mm256_load_ps(factors + b * PANEL_FLOATS);
    for (int t = 0; t < T; t++) {
      __m256i whole = format == FLEDGE_Q8_0 ? sums[t] : _mm256_madd_epi16(sums[t], ones);
      __m256 factor = _mm256_mul_ps(d, _mm256_set1_ps(scale[t * blocks + b]));
      total[t] = _mm256_fmadd_ps(factor, _mm256_cvtepi32_ps(whole), total[t]);
      if (format != FLEDGE_Q8_0)
        total[t] = _mm256_fmadd_ps(_mm256_load_ps(factors + b * PANEL_FLOATS + ROWS_OF_PANEL),
                                   _mm256_set1_ps(sum[t * blocks + b]), total[t]);
    }
  }
  for (int t = 0; t < T; t++) {
    float lane[ROWS_OF_PANEL];
    _mm256_storeu_ps(lane, total[t]);
    __builtin_memcpy(y + t * ldy, lane, (size_t)width * sizeof(float));
  }
}

AVX2_INLINE void block_product(const fledge_block_format format, const uint8_t *weight,
                               ptrdiff_t N, ptrdiff_t blocks, const int8_t *q, const float *scale,
                               const float *sum, ptrdiff_t M, float *y, ptrdiff_t ldy,
                               float *scratch) {
  ptrdiff_t size = bytes_of_block(format);
  float *factors = (float *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
  int8_t *panel = (int8_t *)(factors + blocks * PANEL_FLOATS);
  for (ptrdiff_t first = 0; first < M; first += TOKENS) {
    ptrdiff_t end = M - first < TOKENS ? M : first + TOKENS;
    for (ptrdiff_t n = 0; n < N; n += ROWS_OF_PANEL) {
      ptrdiff_t width = N - n < ROWS_OF_PANEL ? N - n : ROWS_OF_PANEL;
      const uint8_t *rows[ROWS_OF_PANEL];
      // Behind the last row, it stands once more; its results are not kept.
      for (ptrdiff_t r = 0; r < ROWS_OF_PANEL; r++)
        rows[r] = weight + (n + (r < width ? r : width - 1)) * blocks * size;
      for (ptrdiff_t b = 0; b < blocks; b++) {
        unpack_block(format, rows, panel + b * PANEL_BYTES, factors + b * PANEL_FLOATS);
        for (int r = 0; r < ROWS_OF_PANEL; r++) rows[r] += size;
      }
      ptrdiff_t m = first;
#define MULTIPLY(T)                                                                          \
  for (; m + T <= end; m += T)                                                               \
    multiply_panel(format, T, panel, factors, blocks, q + m * blocks * BLOCK_WIDTH,           \
                   scale + m * blocks, sum + m * blocks, y + m * ldy + n, ldy, width);
      MULTIPLY(4)
      MULTIPLY(1)
#undef MULTIPLY
    }
  }
}

AVX2 static void product_avx2(fledge_block_format format, const uint8_t *rows, ptrdiff_t N,
                              ptrdiff_t blocks, const int8_t *q, const float *scale,
                              const float *sum, ptrdiff_t M, float *y, ptrdiff_t ldy,
                              float *scratch) {
#define PRODUCT(format) block_product(format, rows, N, blocks, q, scale, sum, M, y, ldy, scratch)
  switch (format) {
    case FLEDGE_Q4_0: PRODUCT(FLEDGE_Q4_0); break;
    case FLEDGE_Q4_1: PRODUCT(FLEDGE_Q4_1); break;
    default: PRODUCT(FLEDGE_Q8_0); break;
  }
#undef PRODUCT
}
#endif

// MARK: Dispatch

void fledge_block_product(fledge_block_format format, const uint8_t *rows, ptrdiff_t N,
                          ptrdiff_t blocks, const int8_t *q, const float *scale, const float *sum,
                          ptrdiff_t M, float *y, ptrdiff_t ldy, float *scratch) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("f16c")) {
    product_avx2(format, rows, N, blocks, q, scale, sum, M, y, ldy, scratch);
    return;
  }
#endif
  (void)scratch;
  fledge_block_product_portable(format, rows, N, blocks, q, scale, sum, M, y, ldy);
}
