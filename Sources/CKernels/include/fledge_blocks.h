// Weights in blocks: 32 (or 256) neighbours of a row share a scale. The formats are those of GGUF,
// byte for byte (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// The numbers that GGUF gives the formats. d and m are binary16.
typedef enum fledge_block_format {
  FLEDGE_Q4_0 = 2,   // 18 bytes: d, 16 × 2 nibbles;                value = d (q − 8)
  FLEDGE_Q4_1 = 3,   // 20 bytes: d, m, 16 × 2 nibbles;             value = d q + m
  FLEDGE_Q5_0 = 6,   // 22 bytes: d, 32 high bits, 16 × 2 nibbles;  value = d (q − 16)
  FLEDGE_Q5_1 = 7,   // 24 bytes: d, m, high bits, nibbles;         value = d q + m
  FLEDGE_Q8_0 = 8,   // 34 bytes: d, 32 × int8;                     value = d q
  FLEDGE_Q4_K = 12,  // 144 bytes for 256: d, m, 8 × (6-bit scale, 6-bit minimum), nibbles
  FLEDGE_Q6_K = 14,  // 210 bytes for 256: low nibbles, high 2 bits, 16 × int8 scale, d
} fledge_block_format;

/// y = the values of `count` blocks, each operation rounded once as in Python's `gguf` package.
void fledge_dequantize_blocks(fledge_block_format format, const uint8_t *blocks, float *y,
                              ptrdiff_t count);

/// The blocks nearest to x, byte for byte those of Python's `gguf` package. Q4_0, Q4_1 and Q8_0
/// only, x finite.
void fledge_quantize_blocks(fledge_block_format format, const float *x, uint8_t *blocks,
                            ptrdiff_t count);

/// Activations for fledge_block_product: in each block of 32 numbers x ≈ scale · q with
/// scale = max |x| / 127, and sum = scale · Σ q. A block with a number that is not finite has q = 0
/// and the scale NaN. `count` blocks.
void fledge_quantize_activations(const float *x, int8_t *q, float *scale, float *sum,
                                 ptrdiff_t count);

/// Floats of scratch that fledge_block_product needs for rows of so many blocks.
ptrdiff_t fledge_block_product_scratch(ptrdiff_t blocks);

/// y[m, n] = Σ over blocks of d_w d_x Σ q_w q_x + m_w sum_x, for the rows n = 0 ..< N of a weight of
/// `blocks` blocks a row (Q4_0, Q4_1, Q8_0) and M rows of activations [M, 32 · blocks].
///
/// The integer sums are exact, and the blocks are added from left to right by fused multiply-adds:
/// an element has the same bits for any M and N, on any processor.
void fledge_block_product(fledge_block_format format, const uint8_t *rows, ptrdiff_t N,
                          ptrdiff_t blocks, const int8_t *q, const float *scale, const float *sum,
                          ptrdiff_t M, float *y, ptrdiff_t ldy, float *scratch);

/// The same function in plain C: what processors without AVX2 run, and the oracle of the other.
void fledge_block_product_portable(fledge_block_format format, const uint8_t *rows, ptrdiff_t N,
                                   ptrdiff_t blocks, const int8_t *q, const float *scale,
                                   const float *sum, ptrdiff_t M, float *y, ptrdiff_t ldy);

#pragma clang assume_nonnull end
