// Moving elements about: strided copies, gather and scatter of rows.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// dst[i · dst_strides] = src[i · src_strides] for every index i of `shape`. Strides count elements
/// and may be 0 in src (broadcast) or negative (flip); src and dst must not overlap. At most 8
/// dimensions; `element_size` is 1, 2, 4 or 8. Runs of contiguous elements are copied whole, and
/// transpositions go in tiles that fit the cache.
void fledge_copy_strided(const void *src, const ptrdiff_t *src_strides, void *dst,
                         const ptrdiff_t *dst_strides, const ptrdiff_t *shape, ptrdiff_t ndim,
                         ptrdiff_t element_size);

/// y[i, :] = x[indices[i], :] for contiguous rows of `row_bytes` bytes. The caller checks the bounds.
void fledge_gather_rows(const void *x, const int64_t *indices, void *y, ptrdiff_t count,
                        ptrdiff_t row_bytes);

/// y[indices[i], :] = u[i, :] for i = 0, 1, … in this order; rows of `row_bytes` contiguous bytes, at a
/// distance of `y_stride` bytes in y and `u_stride` in u (0 where all places get the same row). The
/// caller checks the bounds.
void fledge_scatter_rows(const void *u, ptrdiff_t u_stride, const int64_t *indices, void *y,
                         ptrdiff_t y_stride, ptrdiff_t count, ptrdiff_t row_bytes);

/// y[indices[i], :] += u[i, :] for i = 0, 1, … in this order; rows of `cols` contiguous elements.
/// The caller checks the bounds. To share the work among threads, give each a range of columns:
/// `row_stride` is the distance of rows in both y and u.
void fledge_scatter_add_rows_f32(const float *u, const int64_t *indices, float *y, ptrdiff_t count,
                                 ptrdiff_t cols, ptrdiff_t row_stride);

#pragma clang assume_nonnull end
