// y[i] = f(a[i·sa], b[i·sb]): arithmetic, comparisons and choices, one or two instructions an element.
#include "vector_math.h"

#define BINARY(name, suffix, T, R, expression)                                               \
  FLEDGE_INLINE R name##_op_##suffix(T a, T b) { return expression; }                        \
  FLEDGE_CLONES void fledge_##name##_##suffix(const T *a, ptrdiff_t sa, const T *b,          \
                                              ptrdiff_t sb, R *y, ptrdiff_t n) {             \
    if (n <= 0) return;                                                                      \
    if (sa == 1 && sb == 1) {                                                                \
      FLEDGE_VECTORIZE                                                                       \
      for (ptrdiff_t i = 0; i < n; i++) y[i] = name##_op_##suffix(a[i], b[i]);               \
    } else if (sa == 1 && sb == 0) {                                                         \
      T scalar = *b;                                                                         \
      FLEDGE_VECTORIZE                                                                       \
      for (ptrdiff_t i = 0; i < n; i++) y[i] = name##_op_##suffix(a[i], scalar);             \
    } else if (sa == 0 && sb == 1) {                                                         \
      T scalar = *a;                                                                         \
      FLEDGE_VECTORIZE                                                                       \
      for (ptrdiff_t i = 0; i < n; i++) y[i] = name##_op_##suffix(scalar, b[i]);             \
    } else {                                                                                 \
      for (ptrdiff_t i = 0; i < n; i++) y[i] = name##_op_##suffix(a[i * sa], b[i * sb]);     \
    }                                                                                        \
  }

#define FLOATING(name, expression)             \
  BINARY(name, f32, float, float, expression)  \
  BINARY(name, f64, double, double, expression)

// Unsigned arithmetic, for C leaves the overflow of signed integers undefined.
#define WRAPPING(name, operator)                                                            \
  BINARY(name, i64, int64_t, int64_t, (int64_t)((uint64_t)a operator(uint64_t) b))

#define INTEGER(name, expression)                 \
  BINARY(name, i64, int64_t, int64_t, expression) \
  BINARY(name, u8, uint8_t, uint8_t, expression)

#define COMPARISON(name, operator)                 \
  BINARY(name, f32, float, uint8_t, a operator b)   \
  BINARY(name, f64, double, uint8_t, a operator b)  \
  BINARY(name, i64, int64_t, uint8_t, a operator b) \
  BINARY(name, u8, uint8_t, uint8_t, a operator b)

FLOATING(add, a + b)
FLOATING(sub, a - b)
FLOATING(mul, a *b)
FLOATING(div, a / b)
// If a is NaN the first test takes it; if b is NaN no comparison holds and b is taken.
FLOATING(maximum, ((a != a) | (a > b)) ? a : b)
FLOATING(minimum, ((a != a) | (a < b)) ? a : b)
FLOATING(prelu, a > 0 ? a : a *b)

WRAPPING(add, +)
WRAPPING(sub, -)
WRAPPING(mul, *)
INTEGER(maximum, a > b ? a : b)
INTEGER(minimum, a < b ? a : b)

COMPARISON(eq, ==)
COMPARISON(ne, !=)
COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(gt, >)
COMPARISON(ge, >=)

FLOATING(relu_grad, b <= 0 ? 0 : a)
FLOATING(tanh_grad, a *(1 - b * b))
FLOATING(sigmoid_grad, a *b *(1 - b))

#define SELECT(suffix, T)                                                                     \
  FLEDGE_CLONES void fledge_select_##suffix(const uint8_t *mask, ptrdiff_t sm, const T *a,    \
                                            ptrdiff_t sa, const T *b, ptrdiff_t sb, T *y,     \
                                            ptrdiff_t n) {                                    \
    if (n <= 0) return;                                                                       \
    if (sm == 1 && sa == 1 && sb == 1) {                                                      \
      FLEDGE_VECTORIZE                                                                        \
      for (ptrdiff_t i = 0; i < n; i++) {                                                     \
        T yes = a[i], no = b[i];                                                              \
        y[i] = mask[i] ? yes : no;                                                            \
      }                                                                                       \
    } else if (sm == 1 && sa == 0 && sb == 1) {                                               \
      T yes = *a;                                                                             \
      FLEDGE_VECTORIZE                                                                        \
      for (ptrdiff_t i = 0; i < n; i++) {                                                     \
        T no = b[i];                                                                          \
        y[i] = mask[i] ? yes : no;                                                            \
      }                                                                                       \
    } else if (sm == 1 && sa == 1 && sb == 0) {                                               \
      T no = *b;                                                                              \
      FLEDGE_VECTORIZE                                                                        \
      for (ptrdiff_t i = 0; i < n; i++) {                                                     \
        T yes = a[i];                                                                         \
        y[i] = mask[i] ? yes : no;                                                            \
      }                                                                                       \
    } else {                                                                                  \
      for (ptrdiff_t i = 0; i < n; i++) y[i] = mask[i * sm] ? a[i * sa] : b[i * sb];          \
    }                                                                                         \
  }

SELECT(f32, float)
SELECT(f64, double)

#define FILL(suffix, T)                                                             \
  FLEDGE_CLONES void fledge_fill_##suffix(T value, T *y, ptrdiff_t n) {             \
    for (ptrdiff_t i = 0; i < n; i++) y[i] = value;                                 \
  }

FILL(f32, float)
FILL(f64, double)
