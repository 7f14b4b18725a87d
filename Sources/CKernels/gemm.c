// A product of large matrices, by blocks that stay in the caches (Goto & van de Geijn 2008):
//
//   B, packed once for all rows: blocks of `depth` of k, in each panels of 16 columns
//   for each block of k
//     for each `height` of rows  a block of A, packed into groups of rows   (L2)
//       for each panel           `depth` rows of it, read again for each group (L1, or L2)
//         for each group         a tile of C in registers
//
// Where B is much larger than A, packing it whole would cost a trip to memory and back: then A is
// packed whole, and each panel of B just before it is used.
#include "tile_product.h"
#include "transpose.h"

/// The sizes that fit a processor. The tile is 6 × 16 floats, which fills AVX2 and NEON (12 of 16 and
/// 24 of 32 registers), and 12 × 16 where there is AVX-512: twelve sums in flight, more than two
/// multipliers with four cycles of latency need. (12 × 32 fills the registers better, but its panel
/// of B fills the first-level cache: 3 to 10% slower on Zen 4.)
typedef struct {
  ptrdiff_t rows;           // of a tile
  ptrdiff_t depth, height;  // of a block of A
} blocking;

static const blocking narrow = {ROWS, 256, 120};
static const blocking wide = {2 * ROWS, 384, 240};

FLEDGE_INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

FLEDGE_INLINE ptrdiff_t rounded_up(ptrdiff_t n, ptrdiff_t step) {
  return (n + step - 1) / step * step;
}

#if defined(__x86_64__)
bool fledge_gemm_is_wide(void) { return __builtin_cpu_supports("avx512f"); }
bool fledge_gemm_suits_processor(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#else
bool fledge_gemm_is_wide(void) { return false; }
bool fledge_gemm_suits_processor(void) { return false; }
#endif

FLEDGE_INLINE blocking chosen(void) { return fledge_gemm_is_wide() ? wide : narrow; }

ptrdiff_t fledge_gemm_panel(void) { return LANES; }

ptrdiff_t fledge_gemm_group(void) { return chosen().rows; }

ptrdiff_t fledge_gemm_depth(void) { return chosen().depth; }

ptrdiff_t fledge_gemm_packed_right_count(ptrdiff_t N, ptrdiff_t K) {
  return K * rounded_up(N, fledge_gemm_panel());
}

ptrdiff_t fledge_gemm_packed_left_count(ptrdiff_t M, ptrdiff_t K) {
  return K * rounded_up(M, chosen().rows);
}

ptrdiff_t fledge_gemm_scratch(void) {
  blocking size = chosen();
  return size.depth * size.height;  // a block of A; a panel of B is less
}

// MARK: Packing

/// panel[p, c] = op(B)[p, c] for p < depth, c < width, zeros in the columns behind; B is op(B)'s
/// corner.
FLEDGE_INLINE void pack_panel(bool transpose_b, const float *B, ptrdiff_t ldb, ptrdiff_t depth,
                              ptrdiff_t width, float *panel) {
  if (width < LANES) __builtin_memset(panel, 0, (size_t)(depth * LANES) * sizeof(float));
  if (transpose_b) {
    transpose_u32((const uint32_t *)B, ldb, (uint32_t *)panel, LANES, depth, width);
  } else if (width == LANES) {
    for (ptrdiff_t p = 0; p < depth; p++) STORE16(panel + p * LANES, LOAD16(B + p * ldb));
  } else {
    for (ptrdiff_t p = 0; p < depth; p++)
      for (ptrdiff_t c = 0; c < width; c++) panel[p * LANES + c] = B[p * ldb + c];
  }
}

FLEDGE_INLINE const float *element(const float *matrix, bool transposed, ptrdiff_t ld,
                                   ptrdiff_t row, ptrdiff_t column) {
  return transposed ? matrix + column * ld + row : matrix + row * ld + column;
}

FLEDGE_CLONES void fledge_gemm_pack_right_f32(bool transpose_b, ptrdiff_t from, ptrdiff_t to,
                                              ptrdiff_t N, ptrdiff_t K, const float *B,
                                              ptrdiff_t ldb, float *packed) {
  const blocking size = chosen();
  for (ptrdiff_t k = 0; k < K; k += size.depth) {
    ptrdiff_t depth = smaller(size.depth, K - k);
    for (ptrdiff_t j = from; j < to; j += LANES)
      pack_panel(transpose_b, element(B, transpose_b, ldb, k, j), ldb, depth,
                 smaller(LANES, N - j),
                 packed + k * rounded_up(N, LANES) + j * depth);
  }
}

/// Packs the whole groups of the transposed A. G is a constant, so that a copy of G floats is one
/// or two instructions; calls of memcpy took a tenth of a product. All groups of a column are
/// packed together, since the next column may be too far away to be prefetched.
FLEDGE_INLINE void pack_transposed_groups(const int G, const float *A, ptrdiff_t lda,
                                          ptrdiff_t rows, ptrdiff_t depth, float *groups) {
  for (ptrdiff_t k = 0; k < depth; k++)
    for (ptrdiff_t i = 0; i < rows; i += G)
      __builtin_memcpy(groups + i * depth + k * G, A + k * lda + i, (size_t)G * sizeof(float));
}

/// With groups of G rows, element (r, k) of group i / G is at i·depth + r·depth + k, or where A is
/// transposed at i·depth + k·G + r: whole rows are copied in both cases. Rows after the last are
/// not set.
FLEDGE_INLINE void pack_groups(ptrdiff_t G, bool transposed, const float *A, ptrdiff_t lda,
                               ptrdiff_t rows, ptrdiff_t depth, float *groups) {
  if (!transposed) {
    for (ptrdiff_t i = 0; i < rows; i++)
      __builtin_memcpy(groups + i * depth, A + i * lda, (size_t)depth * sizeof(float));
    return;
  }
  ptrdiff_t left = rows % G, whole = rows - left;
  if (G == 2 * ROWS) {
    pack_transposed_groups(2 * ROWS, A, lda, whole, depth, groups);
  } else {
    pack_transposed_groups(ROWS, A, lda, whole, depth, groups);
  }
  for (ptrdiff_t k = 0; left > 0 && k < depth; k++)
    for (ptrdiff_t r = 0; r < left; r++) groups[whole * depth + k * G + r] = A[k * lda + whole + r];
}

FLEDGE_CLONES void fledge_gemm_pack_left_f32(bool transpose_a, ptrdiff_t from, ptrdiff_t to,
                                             ptrdiff_t M, ptrdiff_t K, const float *A,
                                             ptrdiff_t lda, float *packed) {
  const blocking size = chosen();
  for (ptrdiff_t k = 0; k < K; k += size.depth) {
    ptrdiff_t depth = smaller(size.depth, K - k);
    pack_groups(size.rows, transpose_a, element(A, transpose_a, lda, from, k), lda, to - from,
                depth, packed + k * rounded_up(M, size.rows) + from * depth);
  }
}

// MARK: Multiplying

/// One tile of C: overwritten by the first block of k, added to by the others.
FLEDGE_INLINE void update_tile(const int rows, const float *group, ptrdiff_t row, ptrdiff_t col,
                               const float *panel, ptrdiff_t depth, bool adds, float *C,
                               ptrdiff_t ldc, ptrdiff_t width) {
  for (int i = 0; i < rows; i++) __builtin_prefetch(C + i * ldc, 1);
  f32x16 total[2 * ROWS] = {0};
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

/// `width` columns of C for all `rows` of packed groups.
FLEDGE_INLINE void multiply_panel(const int G, bool transpose_a, ptrdiff_t rows,
                                  const float *groups, const float *panel, ptrdiff_t depth,
                                  bool adds, float *C, ptrdiff_t ldc, ptrdiff_t width) {
  const ptrdiff_t row = transpose_a ? 1 : depth, col = transpose_a ? G : 1;
#define UPDATE(count) update_tile(count, group, row, col, panel, depth, adds, corner, ldc, width)
  ptrdiff_t i = 0;
  for (; i + G <= rows; i += G) {
    const float *group = groups + i * depth;
    float *corner = C + i * ldc;
    UPDATE(G);
  }
  // If the last group is not whole, its rows form one tile of at most 6 or two of the same height:
  // a tile of few rows waits for its own sums.
  ptrdiff_t left = rows - i, height = left > ROWS ? (left + 1) / 2 : left;
  for (ptrdiff_t inside = 0; inside < left; inside += height) {
    const float *group = groups + i * depth + inside * row;
    float *corner = C + (i + inside) * ldc;
    WITH_CONSTANT_ROWS(smaller(height, left - inside), UPDATE)
  }
#undef UPDATE
}

// These are separate functions, since a clone is never inlined: inside the loops over blocks the
// compiler runs out of registers and keeps half of a tile on the stack. Both are cloned, so that
// the choice of a tile never runs instructions that a processor lacks.
FLEDGE_CLONES static void multiply_wide(
    bool transpose_a, ptrdiff_t rows, const float *groups, const float *panel, ptrdiff_t depth,
    bool adds, float *C, ptrdiff_t ldc, ptrdiff_t width) {
  multiply_panel(2 * ROWS, transpose_a, rows, groups, panel, depth, adds, C, ldc, width);
}

FLEDGE_CLONES static void multiply_narrow(
    bool transpose_a, ptrdiff_t rows, const float *groups, const float *panel, ptrdiff_t depth,
    bool adds, float *C, ptrdiff_t ldc, ptrdiff_t width) {
  multiply_panel(ROWS, transpose_a, rows, groups, panel, depth, adds, C, ldc, width);
}

FLEDGE_CLONES void fledge_gemm_block_f32(bool transpose_a, ptrdiff_t M, ptrdiff_t from,
                                         ptrdiff_t to, ptrdiff_t N, ptrdiff_t K, const float *A,
                                         ptrdiff_t lda, const float *packed, bool adds, float *C,
                                         ptrdiff_t ldc, float *scratch) {
  const blocking size = chosen();
  for (ptrdiff_t k = 0; k < K; k += size.depth) {
    ptrdiff_t depth = smaller(size.depth, K - k);
    for (ptrdiff_t m = 0; m < M; m += size.height) {
      ptrdiff_t rows = smaller(size.height, M - m);
      const float *groups = element(A, transpose_a, lda, m, k);
      if (transpose_a || lda != depth) {  // else it lies as if it were packed
        pack_groups(size.rows, transpose_a, groups, lda, rows, depth, scratch);
        groups = scratch;
      }
      for (ptrdiff_t j = from; j < to; j += LANES)
        (fledge_gemm_is_wide() ? multiply_wide : multiply_narrow)(
            transpose_a, rows, groups, packed + k * rounded_up(N, LANES) + j * depth, depth,
            adds || k > 0, C + m * ldc + j, ldc, smaller(LANES, N - j));
    }
  }
}

FLEDGE_CLONES void fledge_gemm_stream_f32(bool transpose_a, bool transpose_b, ptrdiff_t M,
                                          ptrdiff_t N, ptrdiff_t K, const float *packed,
                                          const float *B, ptrdiff_t ldb, bool adds, float *C,
                                          ptrdiff_t ldc, float *scratch) {
  const blocking size = chosen();
  for (ptrdiff_t k = 0; k < K; k += size.depth) {
    ptrdiff_t depth = smaller(size.depth, K - k);
    for (ptrdiff_t j = 0; j < N; j += LANES) {
      ptrdiff_t width = smaller(LANES, N - j);
      pack_panel(transpose_b, element(B, transpose_b, ldb, k, j), ldb, depth, width,
                 scratch);
      (fledge_gemm_is_wide() ? multiply_wide : multiply_narrow)(
          transpose_a, M, packed + k * rounded_up(M, size.rows), scratch, depth,
          adds || k > 0, C + j, ldc, width);
    }
  }
}
