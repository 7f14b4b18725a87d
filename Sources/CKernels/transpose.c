// Transposition in tiles: 32 × 32 elements, whose source and destination lines fit the first-level
// cache; 32-bit elements go through registers 8 × 8 at a time.
#include "transpose.h"

enum { TILE = 32 };

typedef uint32_t u32x8 __attribute__((ext_vector_type(8), aligned(4)));

#define SHUFFLE __builtin_shufflevector

/// In three steps, each of which doubles the size of the blocks that are in place: 1, 2, 4, 8.
FLEDGE_INLINE void transpose_8x8(const uint32_t *src, ptrdiff_t src_stride, uint32_t *dst,
                                 ptrdiff_t dst_stride) {
  u32x8 a[8], b[8];
  for (int j = 0; j < 8; j++) a[j] = *(const u32x8 *)(src + j * src_stride);
  for (int j = 0; j < 8; j += 2) {
    b[j] = SHUFFLE(a[j], a[j + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    b[j + 1] = SHUFFLE(a[j], a[j + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int j = 0; j < 8; j += 4) {
    for (int i = 0; i < 2; i++) {
      a[j + i] = SHUFFLE(b[j + i], b[j + i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      a[j + i + 2] = SHUFFLE(b[j + i], b[j + i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int i = 0; i < 4; i++) {
    *(u32x8 *)(dst + i * dst_stride) = SHUFFLE(a[i], a[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    *(u32x8 *)(dst + (i + 4) * dst_stride) = SHUFFLE(a[i], a[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

#define TRANSPOSE_TILE(T)                                                                     \
  FLEDGE_INLINE void transpose_tile_##T(const T *src, ptrdiff_t src_stride, T *dst,           \
                                        ptrdiff_t dst_stride, ptrdiff_t rows, ptrdiff_t cols) { \
    for (ptrdiff_t i = 0; i < rows; i++)                                                      \
      for (ptrdiff_t j = 0; j < cols; j++) dst[i * dst_stride + j] = src[i + j * src_stride]; \
  }
TRANSPOSE_TILE(uint8_t)
TRANSPOSE_TILE(uint16_t)
TRANSPOSE_TILE(uint32_t)
TRANSPOSE_TILE(uint64_t)

FLEDGE_INLINE void transpose_tile_by_registers(const uint32_t *src, ptrdiff_t src_stride,
                                               uint32_t *dst, ptrdiff_t dst_stride, ptrdiff_t rows,
                                               ptrdiff_t cols) {
  ptrdiff_t whole_rows = rows & -8, whole_cols = cols & -8;
  for (ptrdiff_t i = 0; i < whole_rows; i += 8)
    for (ptrdiff_t j = 0; j < whole_cols; j += 8)
      transpose_8x8(src + i + j * src_stride, src_stride, dst + i * dst_stride + j, dst_stride);
  transpose_tile_uint32_t(src + whole_cols * src_stride, src_stride, dst + whole_cols, dst_stride,
                          whole_rows, cols - whole_cols);
  transpose_tile_uint32_t(src + whole_rows, src_stride, dst + whole_rows * dst_stride, dst_stride,
                          rows - whole_rows, cols);
}

#define TRANSPOSE(suffix, T, tile)                                                            \
  FLEDGE_CLONES void transpose_##suffix(const T *src, ptrdiff_t src_stride, T *dst,           \
                                        ptrdiff_t dst_stride, ptrdiff_t rows, ptrdiff_t cols) { \
    for (ptrdiff_t i = 0; i < rows; i += TILE)                                                \
      for (ptrdiff_t j = 0; j < cols; j += TILE)                                              \
        tile(src + i + j * src_stride, src_stride, dst + i * dst_stride + j, dst_stride,      \
             rows - i < TILE ? rows - i : TILE, cols - j < TILE ? cols - j : TILE);           \
  }
TRANSPOSE(u8, uint8_t, transpose_tile_uint8_t)
TRANSPOSE(u16, uint16_t, transpose_tile_uint16_t)
TRANSPOSE(u32, uint32_t, transpose_tile_by_registers)
TRANSPOSE(u64, uint64_t, transpose_tile_uint64_t)
