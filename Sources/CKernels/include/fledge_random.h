// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// A stream is a key (key0, key1) and a counter_hi; its block b is Philox4x32-10 with that key of the
// 128-bit counter whose four 32-bit words are
//     c0 = low 32 bits of b,  c1 = high 32 bits of b,
//     c2 = low 32 bits of counter_hi,  c3 = high 32 bits of counter_hi
// where b counts up from counter_lo modulo 2⁶⁴ (no carry into counter_hi). A block yields four words
// x0 x1 x2 x3; element i of the stream that starts at counter_lo comes from block counter_lo + i/4,
// word i mod 4. So any partition at multiples of 4 elements gives the same values: a thread that
// starts at element 4j passes counter_lo + j. All integer results and uniforms are the same bits on
// every processor; so are the normals, whose arithmetic is plain IEEE without fused operations.

/// Uniform in [0, 1): out[i] = (x >> 8) · 2⁻²⁴ with x the stream's element i.
void fledge_uniform_f32(uint32_t key0, uint32_t key1, uint64_t counter_hi, uint64_t counter_lo,
                        float *out, ptrdiff_t n);

/// Standard normal (Box & Muller 1958). Elements 2j and 2j + 1 come from the words a, b of the
/// stream's elements 2j and 2j + 1:
///     u = ((a >> 8) + 1) · 2⁻²⁴ in (0, 1],  t = (b >> 8) · 2⁻²⁴ in [0, 1),  r = √(−2 ln u)
///     out[2j] = r · cos(2π t),  out[2j + 1] = r · sin(2π t)
void fledge_normal_f32(uint32_t key0, uint32_t key1, uint64_t counter_hi, uint64_t counter_lo,
                       float *out, ptrdiff_t n);

/// Dropout: y[i] = uniform i < kept ? x[i] · scale : 0, with the uniforms of `fledge_uniform_f32` and,
/// as a rule, scale = 1 / kept. y may be x.
void fledge_dropout_f32(uint32_t key0, uint32_t key1, uint64_t counter_hi, uint64_t counter_lo,
                        float kept, float scale, const float *x, float *y, ptrdiff_t n);

#pragma clang assume_nonnull end
