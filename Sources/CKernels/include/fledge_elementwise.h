// Elementwise kernels: y[i] = f(x[i]) and y[i] = f(a[i], b[i]).
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Unary: x and y are contiguous and n elements long; y may be x itself, but must not overlap it otherwise.
//
// The float32 versions are branch-free polynomials (see vector_math.h, which states each one's
// error), so that the compiler can vectorise the loop; the float64 versions call libm.
#define FLEDGE_UNARY(name)                                        \
  void fledge_##name##_f32(const float *x, float *y, ptrdiff_t n); \
  void fledge_##name##_f64(const double *x, double *y, ptrdiff_t n);

FLEDGE_UNARY(neg)         // −x
FLEDGE_UNARY(abs)         // |x|
FLEDGE_UNARY(sign)        // −1, 0 or 1; NaN stays NaN
FLEDGE_UNARY(square)      // x²
FLEDGE_UNARY(sqrt)        // √x, correctly rounded
FLEDGE_UNARY(rsqrt)       // 1 / √x
FLEDGE_UNARY(reciprocal)  // 1 / x
FLEDGE_UNARY(exp)         // eˣ
FLEDGE_UNARY(expm1)       // eˣ − 1, accurate near 0
FLEDGE_UNARY(log)         // ln x
FLEDGE_UNARY(log1p)       // ln(1 + x), accurate near 0
FLEDGE_UNARY(sin)
FLEDGE_UNARY(cos)
FLEDGE_UNARY(tanh)
FLEDGE_UNARY(erf)
FLEDGE_UNARY(sigmoid)     // 1 / (1 + e⁻ˣ)
FLEDGE_UNARY(softplus)    // ln(1 + eˣ)
FLEDGE_UNARY(relu)        // max(x, 0); NaN stays NaN
FLEDGE_UNARY(silu)        // x · sigmoid(x)
FLEDGE_UNARY(gelu_tanh)   // x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))
FLEDGE_UNARY(gelu_erf)    // x/2 · (1 + erf(x / √2))
FLEDGE_UNARY(floor)
FLEDGE_UNARY(ceil)
FLEDGE_UNARY(round)       // to the nearest integer, halves to even
#undef FLEDGE_UNARY

// Binary: element i is a[i·sa] and b[i·sb]; y is contiguous. Stride 0 repeats one element; strides
// (1,1), (1,0) and (0,1) are vectorised. y may be a or b itself where that operand has stride 1.
#define FLEDGE_BINARY(name, suffix, Operand, Result)                                          \
  void fledge_##name##_##suffix(const Operand *a, ptrdiff_t sa, const Operand *b, ptrdiff_t sb, \
                                Result *y, ptrdiff_t n);
#define FLEDGE_BINARY_FLOATING(name)       \
  FLEDGE_BINARY(name, f32, float, float)   \
  FLEDGE_BINARY(name, f64, double, double)
#define FLEDGE_BINARY_NUMERIC(name)           \
  FLEDGE_BINARY_FLOATING(name)                \
  FLEDGE_BINARY(name, i64, int64_t, int64_t)
#define FLEDGE_BINARY_ORDERED(name)           \
  FLEDGE_BINARY_NUMERIC(name)                 \
  FLEDGE_BINARY(name, u8, uint8_t, uint8_t)
#define FLEDGE_COMPARISON(name)               \
  FLEDGE_BINARY(name, f32, float, uint8_t)    \
  FLEDGE_BINARY(name, f64, double, uint8_t)   \
  FLEDGE_BINARY(name, i64, int64_t, uint8_t)  \
  FLEDGE_BINARY(name, u8, uint8_t, uint8_t)

FLEDGE_BINARY_NUMERIC(add)   // a + b; integers wrap around
FLEDGE_BINARY_NUMERIC(sub)   // a − b; integers wrap around
FLEDGE_BINARY_NUMERIC(mul)   // a · b; integers wrap around
FLEDGE_BINARY_ORDERED(maximum)  // the larger; NaN if either is NaN; of masks: a ∨ b
FLEDGE_BINARY_ORDERED(minimum)  // the smaller; NaN if either is NaN; of masks: a ∧ b
FLEDGE_BINARY_FLOATING(div)  // a / b
FLEDGE_BINARY_FLOATING(pow)  // aᵇ, with the special cases of C's pow
FLEDGE_BINARY_FLOATING(prelu)  // a where a > 0, else a · b

FLEDGE_COMPARISON(eq)  // a = b, as 0 or 1
FLEDGE_COMPARISON(ne)  // a ≠ b
FLEDGE_COMPARISON(lt)  // a < b
FLEDGE_COMPARISON(le)  // a ≤ b
FLEDGE_COMPARISON(gt)  // a > b
FLEDGE_COMPARISON(ge)  // a ≥ b

// Backward of the activations: y = dL/dx from a = dL/dy and b, the named saved value.
FLEDGE_BINARY_FLOATING(relu_grad)       // b = x or y: dy where not b ≤ 0
FLEDGE_BINARY_FLOATING(gelu_tanh_grad)  // b = x
FLEDGE_BINARY_FLOATING(gelu_erf_grad)   // b = x
FLEDGE_BINARY_FLOATING(silu_grad)       // b = x: dy · σ(x) · (1 + x · (1 − σ(x)))
FLEDGE_BINARY_FLOATING(softplus_grad)   // b = x: dy · σ(x)
FLEDGE_BINARY_FLOATING(tanh_grad)       // b = y, the output: dy · (1 − y²)
FLEDGE_BINARY_FLOATING(sigmoid_grad)    // b = y, the output: dy · y · (1 − y)
#undef FLEDGE_COMPARISON
#undef FLEDGE_BINARY_ORDERED
#undef FLEDGE_BINARY_NUMERIC
#undef FLEDGE_BINARY_FLOATING
#undef FLEDGE_BINARY

/// y[i] = mask[i·sm] ? a[i·sa] : b[i·sb].
void fledge_select_f32(const uint8_t *mask, ptrdiff_t sm, const float *a, ptrdiff_t sa,
                       const float *b, ptrdiff_t sb, float *y, ptrdiff_t n);
void fledge_select_f64(const uint8_t *mask, ptrdiff_t sm, const double *a, ptrdiff_t sa,
                       const double *b, ptrdiff_t sb, double *y, ptrdiff_t n);

/// y[i] = value.
void fledge_fill_f32(float value, float *y, ptrdiff_t n);
void fledge_fill_f64(double value, double *y, ptrdiff_t n);

#pragma clang assume_nonnull end
