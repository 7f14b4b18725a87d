// dst[i·dst_stride + j] = src[i + j·src_stride] for i < rows, j < cols.
#pragma once
#include "support.h"

#include <stdbool.h>

void transpose_u8(const uint8_t *src, ptrdiff_t src_stride, uint8_t *dst, ptrdiff_t dst_stride,
                  ptrdiff_t rows, ptrdiff_t cols);
void transpose_u16(const uint16_t *src, ptrdiff_t src_stride, uint16_t *dst, ptrdiff_t dst_stride,
                   ptrdiff_t rows, ptrdiff_t cols);
void transpose_u32(const uint32_t *src, ptrdiff_t src_stride, uint32_t *dst, ptrdiff_t dst_stride,
                   ptrdiff_t rows, ptrdiff_t cols);
void transpose_u64(const uint64_t *src, ptrdiff_t src_stride, uint64_t *dst, ptrdiff_t dst_stride,
                   ptrdiff_t rows, ptrdiff_t cols);
