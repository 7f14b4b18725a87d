// Copies between strided layouts of up to 8 dimensions.
#include "transpose.h"

enum { MAXIMUM_DIMENSIONS = 8 };

typedef struct {
  ptrdiff_t size, src, dst;  // elements along the dimension, and the strides
} dimension;

static ptrdiff_t magnitude(ptrdiff_t x) { return x < 0 ? -x : x; }

/// Collects the dimensions larger than 1 by falling stride in dst, joins neighbours that one stride
/// covers, and returns their number.
static int normalize(const ptrdiff_t *shape, const ptrdiff_t *src, const ptrdiff_t *dst,
                     ptrdiff_t ndim, dimension *dims) {
  int count = 0;
  for (ptrdiff_t i = 0; i < ndim; i++) {
    if (shape[i] == 1) continue;
    int at = count++;
    for (; at > 0 && magnitude(dims[at - 1].dst) < magnitude(dst[i]); at--) dims[at] = dims[at - 1];
    dims[at] = (dimension){shape[i], src[i], dst[i]};
  }
  int joined = 0;
  for (int i = 1; i < count; i++) {
    dimension *outer = &dims[joined], inner = dims[i];
    if (outer->src == inner.src * inner.size && outer->dst == inner.dst * inner.size) {
      *outer = (dimension){outer->size * inner.size, inner.src, inner.dst};
    } else {
      dims[++joined] = inner;
    }
  }
  return count == 0 ? 0 : joined + 1;
}

/// One run along the innermost dimension.
#define DEFINE_COPY_RUN(T)                                                           \
  FLEDGE_CLONES static void copy_run_##T(const T *src, T *dst, dimension run) {      \
    if (run.src == 0) {                                                              \
      T value = *src;                                                                \
      for (ptrdiff_t i = 0; i < run.size; i++) dst[i * run.dst] = value;             \
    } else if (run.dst == 1) {                                                       \
      for (ptrdiff_t i = 0; i < run.size; i++) dst[i] = src[i * run.src];            \
    } else {                                                                         \
      for (ptrdiff_t i = 0; i < run.size; i++) dst[i * run.dst] = src[i * run.src];  \
    }                                                                                \
  }
DEFINE_COPY_RUN(uint8_t)
DEFINE_COPY_RUN(uint16_t)
DEFINE_COPY_RUN(uint32_t)
DEFINE_COPY_RUN(uint64_t)

static void copy_run(const void *src, void *dst, dimension run, ptrdiff_t element_size) {
  if (run.src == 1 && run.dst == 1) {
    __builtin_memcpy(dst, src, (size_t)(run.size * element_size));
    return;
  }
  switch (element_size) {
    case 1: copy_run_uint8_t(src, dst, run); break;
    case 2: copy_run_uint16_t(src, dst, run); break;
    case 4: copy_run_uint32_t(src, dst, run); break;
    default: copy_run_uint64_t(src, dst, run); break;
  }
}

/// dst[i·rows.dst + j] = src[i + j·cols.src].
static void transpose(const void *src, void *dst, dimension rows, dimension cols,
                      ptrdiff_t element_size) {
  switch (element_size) {
    case 1: transpose_u8(src, cols.src, dst, rows.dst, rows.size, cols.size); break;
    case 2: transpose_u16(src, cols.src, dst, rows.dst, rows.size, cols.size); break;
    case 4: transpose_u32(src, cols.src, dst, rows.dst, rows.size, cols.size); break;
    default: transpose_u64(src, cols.src, dst, rows.dst, rows.size, cols.size); break;
  }
}

void fledge_copy_strided(const void *src, const ptrdiff_t *src_strides, void *dst,
                         const ptrdiff_t *dst_strides, const ptrdiff_t *shape, ptrdiff_t ndim,
                         ptrdiff_t element_size) {
  for (ptrdiff_t i = 0; i < ndim; i++)
    if (shape[i] == 0) return;
  dimension dims[MAXIMUM_DIMENSIONS];
  int count = normalize(shape, src_strides, dst_strides, ndim, dims);
  if (count == 0) {
    __builtin_memcpy(dst, src, (size_t)element_size);
    return;
  }

  // The innermost dimension is a run of dst. Where src runs along another one, the two together are
  // a transposition.
  dimension inner = dims[--count], other = {0};
  bool transposed = false;
  for (int i = 0; inner.src != 1 && inner.dst == 1 && i < count; i++) {
    if (dims[i].src != 1) continue;
    other = dims[i];
    transposed = true;
    for (count--; i < count; i++) dims[i] = dims[i + 1];
  }

  ptrdiff_t index[MAXIMUM_DIMENSIONS] = {0};
  const char *from = src;
  char *to = dst;
  for (;;) {
    if (transposed) {
      transpose(from, to, other, inner, element_size);
    } else {
      copy_run(from, to, inner, element_size);
    }
    int d = count - 1;
    for (; d >= 0; d--) {
      from += dims[d].src * element_size;
      to += dims[d].dst * element_size;
      if (++index[d] < dims[d].size) break;
      index[d] = 0;
      from -= dims[d].src * dims[d].size * element_size;
      to -= dims[d].dst * dims[d].size * element_size;
    }
    if (d < 0) return;
  }
}
