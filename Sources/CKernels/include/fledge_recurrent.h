// Recurrent layers: all steps of some rows of the batch in one call.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Which part of a sequence [T, B, …] a call computes. Groups of rows do not depend on each other.
typedef struct {
  ptrdiff_t T, B, H;
  ptrdiff_t first, rows;  // of the batch
  bool reversed;          // from the last step to the first
  bool from_zero;         // the state before the first step is 0 and has no gradient
  /// [B]: row b takes part in steps t < lengths[b]; before and after it keeps its state. Or NULL.
  const int64_t *_Nullable lengths;
} fledge_sequence;

/// Floats of scratch for each of the functions below, `gates` sizes of H being computed a step.
ptrdiff_t fledge_recurrent_scratch(ptrdiff_t rows, ptrdiff_t H, ptrdiff_t gates);

/// LSTM: gates [T, B, 4H] = (σ(i), σ(f), tanh(g), σ(o)) of z + bias + h Wᵀ, cells [T, B, H] and
/// y [T, B, H]. `packed` is Wᵀ [H, 4H] by fledge_gemm_pack_f32. h and c [B, H] are the state before
/// the sequence on entry, and after it on return.
void fledge_lstm_f32(fledge_sequence sequence, const float *z, const float *_Nullable bias,
                     const float *packed, float *y, float *gates, float *cells, float *h, float *c,
                     float *scratch);

/// dz [T, B, 4H] of the above for dy [T, B, H]. `packed` is W [4H, H]; c0 [B, H] or NULL for zeros.
/// dh and dc [B, H] are the gradients of the last state on entry, and of the first on return (not
/// computed if from_zero).
void fledge_lstm_grad_f32(fledge_sequence sequence, const float *dy, const float *gates,
                          const float *cells, const float *_Nullable c0, const float *packed,
                          float *dz, float *dh, float *dc, float *scratch);

/// GRU, its reset gate applied after the product: gates [T, B, 3H] = (r, u, n) and products
/// [T, B, H] = h Wₙᵀ + bₙ. `packed` is Wᵀ [H, 3H]; h as above.
void fledge_gru_f32(fledge_sequence sequence, const float *z, const float *_Nullable bias,
                    const float *packed, float *y, float *gates, float *products, float *h,
                    float *scratch);

/// dz [T, B, 3H] of the above, and dq [T, B, 3H], the gradients of h Wᵀ + b. h0 [B, H] or NULL for
/// zeros; dh as above.
void fledge_gru_grad_f32(fledge_sequence sequence, const float *dy, const float *y,
                         const float *gates, const float *products, const float *_Nullable h0,
                         const float *packed, float *dz, float *dq, float *dh, float *scratch);

/// The plain recurrent layer y = f(z + bias + h Wᵀ), f = max(0, x) where `relu`, else tanh.
/// `packed` is Wᵀ [H, H]; h as above.
void fledge_rnn_f32(fledge_sequence sequence, bool relu, const float *z,
                    const float *_Nullable bias, const float *packed, float *y, float *h,
                    float *scratch);

/// dz [T, B, H] of the above; dh as above.
void fledge_rnn_grad_f32(fledge_sequence sequence, bool relu, const float *dy, const float *y,
                         const float *packed, float *dz, float *dh, float *scratch);

#pragma clang assume_nonnull end
