// Scaled dot-product attention of one head, without ever holding the [Tq, Tk] matrix
// (FlashAttention: Dao et al. 2022; online softmax: Milakov & Gimelshein 2018).
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Floats of scratch that the forward pass needs.
ptrdiff_t fledge_attention_forward_scratch(ptrdiff_t Tq, ptrdiff_t Tk, ptrdiff_t D);

/// Floats of scratch that the backward pass needs.
ptrdiff_t fledge_attention_backward_scratch(ptrdiff_t Tq, ptrdiff_t Tk, ptrdiff_t D);

/// out = softmax(scale · q kᵀ + bias) v, and lse[i] = ln Σ_j exp(scale · q_i·k_j + bias[i, j]).
///
/// q, out: [Tq, D]; k, v: [Tk, D]; bias: [Tq, Tk] or NULL; lse: [Tq]. Row i of q is at q + i·ldq,
/// and so on; the elements of a row are contiguous. With `causal`, query i sees keys
/// j ≤ i + (Tk − Tq); a query that sees no key gets out = 0 and lse = −∞.
///
/// To share one head among threads, call with rows [i0, i1) of q, out and lse, and where causal
/// with only the first min(Tk, max(0, i1 + Tk − Tq)) keys: then the rule above is unchanged. A
/// query's result does not depend on where the ranges are cut.
void fledge_attention_forward_f32(const float *q, ptrdiff_t ldq, const float *k, ptrdiff_t ldk,
                                  const float *v, ptrdiff_t ldv, float *out, ptrdiff_t ldo,
                                  float *lse, ptrdiff_t Tq, ptrdiff_t Tk, ptrdiff_t D,
                                  float scale, bool causal, const float *_Nullable bias,
                                  ptrdiff_t ldbias, float *scratch);

/// Backward of the above: overwrites dq [Tq, D], dk and dv [Tk, D] from dout, the forward's out and
/// lse, and the inputs; the probabilities are recomputed tile by tile. bias gets no gradient.
///
/// To share one head among threads, give each a range of keys [from, to): it writes these rows of
/// dk and dv, and dq as far as these keys contribute, so that the sum of all dq is the gradient.
void fledge_attention_backward_f32(const float *q, ptrdiff_t ldq, const float *k, ptrdiff_t ldk,
                                   const float *v, ptrdiff_t ldv, const float *out, ptrdiff_t ldo,
                                   const float *lse, const float *dout, ptrdiff_t lddo, float *dq,
                                   ptrdiff_t lddq, float *dk, ptrdiff_t lddk, float *dv,
                                   ptrdiff_t lddv, ptrdiff_t Tq, ptrdiff_t Tk, ptrdiff_t from,
                                   ptrdiff_t to, ptrdiff_t D, float scale, bool causal,
                                   const float *_Nullable bias, ptrdiff_t ldbias, float *scratch);

/// Rows [from, to) of y = (x₁ cos − x₂ sin, x₂ cos + x₁ sin), x = (x₁, x₂): x and y [rows, D], the row
/// r at time r mod T; cosine and sine [T, D / 2].
void fledge_rotary_f32(const float *x, const float *cosine, const float *sine, float *y,
                       ptrdiff_t from, ptrdiff_t to, ptrdiff_t T, ptrdiff_t D);

#pragma clang assume_nonnull end
