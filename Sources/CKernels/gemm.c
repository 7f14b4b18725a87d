// A product of large matrices, by blocks that stay in the caches (Goto & van de Geijn 2008):
//
//   B, packed once for all rows: blocks of DEPTH of k, in each panels of 16 columns
//   for each block of k
//     for each HEIGHT of rows    a block of A, packed into groups of 6 rows      (L2)
//       for each panel           DEPTH × 16 of B, read again for each group      (L1)
//         for each group         a 6 × 16 tile of C in registers
#include "tile_product.h"
#include "transpose.h"

enum {
  DEPTH = 256,   // 16 KiB of a panel: half of the smallest L1
  HEIGHT = 120,  // 120 KiB of A: a quarter of a common L2
};

FLEDGE_INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

FLEDGE_INLINE ptrdiff_t whole_panels(ptrdiff_t N) { return (N + LANES - 1) / LANES * LANES; }

bool fledge_gemm_suits_processor(void) {
#if defined(__x86_64__)
  // AVX-512 has registers for tiles twice as large, which BLAS libraries use and this does not.
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         !__builtin_cpu_supports("avx512f");
#else
  return false;
#endif
}

ptrdiff_t fledge_gemm_packed_count(ptrdiff_t N, ptrdiff_t K) { return K * whole_panels(N); }

ptrdiff_t fledge_gemm_scratch(void) { return HEIGHT * DEPTH; }

FLEDGE_CLONES void fledge_gemm_pack_f32(bool transpose_b, ptrdiff_t from, ptrdiff_t to,
                                        ptrdiff_t N, ptrdiff_t K, const float *B, ptrdiff_t ldb,
                                        float *packed) {
  for (ptrdiff_t k = 0; k < K; k += DEPTH) {
    ptrdiff_t depth = smaller(DEPTH, K - k);
    for (ptrdiff_t j = from; j < to; j += LANES) {
      float *panel = packed + k * whole_panels(N) + j * depth;
      ptrdiff_t width = smaller(LANES, N - j);
      if (width < LANES) __builtin_memset(panel, 0, (size_t)(depth * LANES) * sizeof(float));
      if (transpose_b) {
        transpose_u32((const uint32_t *)(B + j * ldb + k), ldb, (uint32_t *)panel, LANES, depth,
                      width);
      } else if (width == LANES) {
        for (ptrdiff_t p = 0; p < depth; p++)
          STORE16(panel + p * LANES, LOAD16(B + (k + p) * ldb + j));
      } else {
        for (ptrdiff_t p = 0; p < depth; p++)
          for (ptrdiff_t c = 0; c < width; c++) panel[p * LANES + c] = B[(k + p) * ldb + j + c];
      }
    }
  }
}

/// Element (r, k) of group i / 6 is at i·depth + r·depth + k, or where A is transposed at
/// i·depth + k·6 + r: whole rows are copied in both cases. The rows behind the last are not set.
FLEDGE_INLINE void pack_groups(const float *A, bool transposed, ptrdiff_t lda, ptrdiff_t rows,
                               ptrdiff_t depth, float *groups) {
  if (!transposed) {
    for (ptrdiff_t i = 0; i < rows; i++)
      __builtin_memcpy(groups + i * depth, A + i * lda, (size_t)depth * sizeof(float));
    return;
  }
  for (ptrdiff_t i = 0; i < rows; i += ROWS, groups += depth * ROWS) {
    ptrdiff_t height = smaller(ROWS, rows - i);
    if (height == ROWS) {
      for (ptrdiff_t k = 0; k < depth; k++)
        __builtin_memcpy(groups + k * ROWS, A + k * lda + i, ROWS * sizeof(float));
    } else {
      for (ptrdiff_t k = 0; k < depth; k++)
        for (ptrdiff_t r = 0; r < height; r++) groups[k * ROWS + r] = A[k * lda + i + r];
    }
  }
}

/// One tile of C: overwritten by the first block of k, added to by the others.
FLEDGE_INLINE void update_tile(const int rows, const float *group, ptrdiff_t row, ptrdiff_t col,
                               const float *panel, ptrdiff_t depth, bool adds, float *C,
                               ptrdiff_t ldc, ptrdiff_t width) {
  for (int i = 0; i < rows; i++) __builtin_prefetch(C + i * ldc, 1);
  f32x16 total[ROWS] = {0};
  accumulate_tile(total, rows, group, row, col, panel, LANES, depth);
  for (int i = 0; i < rows; i++) {
    float *c = C + i * ldc;
    if (width == LANES) {
      STORE16(c, adds ? LOAD16(c) + total[i] : total[i]);
    } else {
      float lane[LANES];
      __builtin_memcpy(lane, &total[i], sizeof lane);
      for (ptrdiff_t j = 0; j < width; j++) c[j] = adds ? c[j] + lane[j] : lane[j];
    }
  }
}

FLEDGE_CLONES void fledge_gemm_block_f32(bool transpose_a, ptrdiff_t M, ptrdiff_t from,
                                         ptrdiff_t to, ptrdiff_t N, ptrdiff_t K, const float *A,
                                         ptrdiff_t lda, const float *packed, float *C,
                                         ptrdiff_t ldc, float *scratch) {
  for (ptrdiff_t k = 0; k < K; k += DEPTH) {
    ptrdiff_t depth = smaller(DEPTH, K - k);
    ptrdiff_t row = transpose_a ? 1 : depth, col = transpose_a ? ROWS : 1;
    for (ptrdiff_t m = 0; m < M; m += HEIGHT) {
      ptrdiff_t rows = smaller(HEIGHT, M - m);
      pack_groups(transpose_a ? A + k * lda + m : A + m * lda + k, transpose_a, lda, rows, depth,
                  scratch);
      for (ptrdiff_t j = from; j < to; j += LANES) {
        const float *panel = packed + k * whole_panels(N) + j * depth;
        for (ptrdiff_t i = 0; i < rows; i += ROWS) {
#define UPDATE(count)                                                                     \
  update_tile(count, scratch + i * depth, row, col, panel, depth, k > 0, C + (m + i) * ldc + j, \
              ldc, smaller(LANES, N - j))
          WITH_CONSTANT_ROWS(rows - i, UPDATE)
#undef UPDATE
        }
      }
    }
  }
}
