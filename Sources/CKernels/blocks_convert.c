// Blocks of weights to floats and back, with the roundings of Python's `gguf` package.
#include "blocks.h"

// A fused multiply-add rounds once where the reference rounds twice.
#pragma STDC FP_CONTRACT OFF

// MARK: To floats

/// The 32 numbers in 16 bytes: byte j holds element j low and element j + 16 high.
FLEDGE_INLINE void unpack_nibbles(const uint8_t *bytes, int32_t *q) {
  for (int j = 0; j < 16; j++) {
    q[j] = bytes[j] & 0x0f;
    q[j + 16] = bytes[j] >> 4;
  }
}

FLEDGE_INLINE void add_high_bits(const uint8_t *bytes, int32_t *q) {
  uint32_t bits;
  __builtin_memcpy(&bits, bytes, sizeof bits);
  for (int j = 0; j < BLOCK_WIDTH; j++) q[j] |= (int32_t)(bits >> j & 1) << 4;
}

/// y = d (q − offset)
FLEDGE_INLINE void scale_block(float d, const int32_t *q, int32_t offset, float *y) {
  for (int j = 0; j < BLOCK_WIDTH; j++) y[j] = d * (float)(q[j] - offset);
}

/// y = d q + m
FLEDGE_INLINE void shift_block(float d, float m, const int32_t *q, float *y) {
  for (int j = 0; j < BLOCK_WIDTH; j++) {
    float product = d * (float)q[j];
    y[j] = product + m;
  }
}

/// The 6-bit scale and minimum of part j of a Q4_K block: those of the first four parts are the low
/// bits of bytes j and j + 4, the others are nibbles of bytes 8 to 11 with the spare bits of the former.
FLEDGE_INLINE void q4_k_scale(const uint8_t *s, int j, int *scale, int *minimum) {
  if (j < 4) {
    *scale = s[j] & 63;
    *minimum = s[j + 4] & 63;
  } else {
    *scale = (s[j + 4] & 0x0f) | (s[j - 4] >> 6) << 4;
    *minimum = s[j + 4] >> 4 | (s[j] >> 6) << 4;
  }
}

/// Bytes 0 to 31 of the nibbles hold part 0 low and part 1 high, the next 32 parts 2 and 3, …
FLEDGE_INLINE void dequantize_q4_k(const uint8_t *block, float *y) {
  float d = half_at(block), smallest = half_at(block + 2);
  for (int part = 0; part < 8; part++) {
    int scale, minimum;
    q4_k_scale(block + 4, part, &scale, &minimum);
    float factor = d * (float)scale, shift = smallest * (float)minimum;
    const uint8_t *bytes = block + 16 + part / 2 * 32;
    for (int j = 0; j < 32; j++) {
      float product = factor * (float)(bytes[j] >> part % 2 * 4 & 0x0f);
      y[part * 32 + j] = product - shift;
    }
  }
}

/// Each half of 128 has 64 bytes of low nibbles and 32 bytes of high bits, two for each element.
FLEDGE_INLINE void dequantize_q6_k(const uint8_t *block, float *y) {
  const int8_t *scales = (const int8_t *)(block + 192);
  float d = half_at(block + 208);
  for (int i = 0; i < 256; i++) {
    int half = i / 128, part = i % 128 / 32, j = i % 32;
    int low = block[half * 64 + part % 2 * 32 + j] >> part / 2 * 4 & 0x0f;
    int high = block[128 + half * 32 + j] >> part * 2 & 3;
    float factor = d * (float)scales[i / 16];
    y[i] = factor * (float)((low | high << 4) - 32);
  }
}

FLEDGE_CLONES void fledge_dequantize_blocks(fledge_block_format format, const uint8_t *blocks,
                                            float *y, ptrdiff_t count) {
  int32_t q[BLOCK_WIDTH];
  for (ptrdiff_t i = 0; i < count; i++) {
    const uint8_t *b;
    switch (format) {
      case FLEDGE_Q4_0:
        b = blocks + i * 18;
        unpack_nibbles(b + 2, q);
        scale_block(half_at(b), q, 8, y + i * 32);
        break;
      case FLEDGE_Q4_1:
        b = blocks + i * 20;
        unpack_nibbles(b + 4, q);
        shift_block(half_at(b), half_at(b + 2), q, y + i * 32);
        break;
      case FLEDGE_Q5_0:
        b = blocks + i * 22;
        unpack_nibbles(b + 6, q);
        add_high_bits(b + 2, q);
        scale_block(half_at(b), q, 16, y + i * 32);
        break;
      case FLEDGE_Q5_1:
        b = blocks + i * 24;
        unpack_nibbles(b + 8, q);
        add_high_bits(b + 4, q);
        shift_block(half_at(b), half_at(b + 2), q, y + i * 32);
        break;
      case FLEDGE_Q8_0:
        b = blocks + i * 34;
        for (int j = 0; j < BLOCK_WIDTH; j++) q[j] = (int8_t)b[2 + j];
        scale_block(half_at(b), q, 0, y + i * 32);
        break;
      case FLEDGE_Q4_K: dequantize_q4_k(blocks + i * 144, y + i * 256); break;
      case FLEDGE_Q6_K: dequantize_q6_k(blocks + i * 210, y + i * 256); break;
    }
  }
}

// MARK: From floats

FLEDGE_INLINE float inverse(float d) { return d == 0.0f ? 0.0f : 1.0f / d; }

/// Two numbers of 0 … 15 for each byte, as unpack_nibbles reads them.
FLEDGE_INLINE void pack_nibbles(const uint8_t *q, uint8_t *bytes) {
  for (int j = 0; j < 16; j++) bytes[j] = (uint8_t)(q[j] | q[j + 16] << 4);
}

/// A number cut to an integer of 0 … 15.
FLEDGE_INLINE uint8_t nibble(float value) {
  return value >= 15.0f ? 15 : value > 0.0f ? (uint8_t)value : 0;
}

/// The element of the largest magnitude, the first of several, becomes −8.
FLEDGE_INLINE void quantize_q4_0(const float *x, uint8_t *block) {
  float extreme = 0.0f;
  for (int j = 0; j < BLOCK_WIDTH; j++)
    if (__builtin_fabsf(x[j]) > __builtin_fabsf(extreme)) extreme = x[j];
  float d = extreme / -8.0f, factor = inverse(d);
  uint8_t q[BLOCK_WIDTH];
  for (int j = 0; j < BLOCK_WIDTH; j++) {
    float value = x[j] * factor;
    q[j] = nibble(value + 8.5f);
  }
  put_half(d, block);
  pack_nibbles(q, block + 2);
}

FLEDGE_INLINE void quantize_q4_1(const float *x, uint8_t *block) {
  float largest = x[0], smallest = x[0];
  for (int j = 1; j < BLOCK_WIDTH; j++) {
    largest = x[j] > largest ? x[j] : largest;
    smallest = x[j] < smallest ? x[j] : smallest;
  }
  float d = (largest - smallest) / 15.0f, factor = inverse(d);
  uint8_t q[BLOCK_WIDTH];
  for (int j = 0; j < BLOCK_WIDTH; j++) {
    float value = (x[j] - smallest) * factor;
    q[j] = nibble(value + 0.5f);
  }
  put_half(d, block);
  put_half(smallest, block + 2);
  pack_nibbles(q, block + 4);
}

/// To nearest, halves away from zero.
FLEDGE_INLINE void quantize_q8_0(const float *x, uint8_t *block) {
  float extreme = 0.0f;
  for (int j = 0; j < BLOCK_WIDTH; j++)
    extreme = __builtin_fabsf(x[j]) > extreme ? __builtin_fabsf(x[j]) : extreme;
  float d = extreme / 127.0f, factor = inverse(d);
  put_half(d, block);
  for (int j = 0; j < BLOCK_WIDTH; j++) {
    float value = x[j] * factor, magnitude = __builtin_fabsf(value);
    float whole = __builtin_floorf(magnitude);
    float rounded = whole + __builtin_floorf(2.0f * (magnitude - whole));
    block[2 + j] = (uint8_t)(int8_t)(value < 0.0f ? -rounded : rounded);
  }
}

FLEDGE_CLONES void fledge_quantize_blocks(fledge_block_format format, const float *x,
                                          uint8_t *blocks, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) {
    const float *values = x + i * BLOCK_WIDTH;
    uint8_t *block = blocks + i * bytes_of_block(format);
    switch (format) {
      case FLEDGE_Q4_0: quantize_q4_0(values, block); break;
      case FLEDGE_Q4_1: quantize_q4_1(values, block); break;
      default: quantize_q8_0(values, block); break;
    }
  }
}

FLEDGE_CLONES void fledge_quantize_activations(const float *x, int8_t *q, float *scale, float *sum,
                                               ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) {
    const float *values = x + i * BLOCK_WIDTH;
    int8_t *numbers = q + i * BLOCK_WIDTH;
    // As integers, the bits of magnitudes are in order, with ∞ and NaN above all numbers.
    uint32_t largest = 0;
    for (int j = 0; j < BLOCK_WIDTH; j++) {
      uint32_t magnitude = bits_of(values[j]) & 0x7fffffffu;
      largest = magnitude > largest ? magnitude : largest;
    }
    bool is_finite = largest < 0x7f800000u;
    float extreme = is_finite ? float_of(largest) : 0.0f;
    // A factor of ∞, for numbers below 2⁻¹²¹, would make 0 a NaN; such a block counts as 0.
    float factor = extreme < 1e-36f ? 0.0f : 127.0f / extreme;
    int32_t total = 0;
    for (int j = 0; j < BLOCK_WIDTH; j++) {
      float value = is_finite ? values[j] * factor : 0.0f;
      int32_t nearest = (int32_t)((value + ROUNDING_SHIFT) - ROUNDING_SHIFT);
      numbers[j] = (int8_t)nearest;
      total += nearest;
    }
    float d = extreme / 127.0f;
    scale[i] = is_finite ? d : __builtin_nanf("");
    sum[i] = scale[i] * (float)total;
  }
}
