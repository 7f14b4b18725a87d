// 2-D convolution as products of weights with shifted rows of a padded image.
//
// Once an image has its zeros around it, the value under tap k of the kernel is at a fixed distance
// taps[k] from the value under the window's corner. So a convolution, and its gradient for the
// input, are  y[m, r, c] = bias[m] + Σ_k w[m, k] · image[taps[k] + r · image_row + c]:  a matrix
// product that reads its right side where it lies, without an im2col matrix in memory.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct {
  /// [⌈outputs / 6⌉, tap_count, 6], see fledge_conv_pack_weights_f32.
  const float *weights;
  /// [outputs], or NULL for zeros.
  const float *_Nullable bias;
  /// [tap_count]
  const ptrdiff_t *taps;
  ptrdiff_t tap_count, outputs;
  /// From what lies under one row of y to what lies under the next.
  ptrdiff_t image_row;
  /// The size of a plane of y, and the strides of y.
  ptrdiff_t rows, columns, y_plane, y_row, y_column;
} fledge_taps;

/// Planes with zeros around them: row r, column c of a padded plane is row r − top, column c − left
/// of x, or 0 outside. Columns stand in `phases` groups, c % phases first: windows that step over
/// `phases` columns then read contiguous ones. x [planes, rows, columns] →
/// padded [planes, padded_rows, phases, length]. `top` and `left` may be negative.
void fledge_conv_pad_f32(const float *x, ptrdiff_t planes, ptrdiff_t rows, ptrdiff_t columns,
                         ptrdiff_t top, ptrdiff_t left, ptrdiff_t padded_rows, ptrdiff_t phases,
                         ptrdiff_t length, float *padded);

/// Weights of the outputs [from, to) in the order of their use:
/// packed[m / 6, k, m % 6] = w[sources[k] + m · output_stride], zeros behind the last. `from` is a
/// multiple of 6, and so is `to` unless it is the number of outputs.
void fledge_conv_pack_weights_f32(const float *w, const ptrdiff_t *sources, ptrdiff_t tap_count,
                                  ptrdiff_t from, ptrdiff_t to, ptrdiff_t output_stride,
                                  float *packed);

/// Rows [from, to) of y for one image; `image` and `y` are those of row `from`. Up to 16 floats
/// past the taps' positions are read.
void fledge_conv_rows_f32(fledge_taps t, const float *image, ptrdiff_t from, ptrdiff_t to,
                          float *y);

/// All of y for some images at `image_stride` from each other, 16 positions at a time whatever
/// their rows and images: for planes much narrower than that. `panel` has 16 · tap_count floats.
void fledge_conv_positions_f32(fledge_taps t, const float *images, ptrdiff_t count,
                               ptrdiff_t image_stride, float *y, ptrdiff_t y_image, float *panel);

/// What lies under the taps, for fledge_conv_weight_gradient_f32: panels[p / 16, k, p % 16] for the
/// positions p of all images in order, zeros behind the last.
void fledge_conv_gather_f32(fledge_taps t, const float *images, ptrdiff_t count,
                            ptrdiff_t image_stride, float *panels);

/// Adds the sums over the positions: sums[m] += Σ dy[m, p].
void fledge_conv_add_sums_f32(const float *dy, ptrdiff_t outputs, ptrdiff_t positions, float *sums);

/// dy [outputs, positions] as panels of 16 outputs: panels[m / 16, offset + p, m % 16], of
/// `panel_positions` positions each.
void fledge_conv_panels_f32(const float *dy, ptrdiff_t outputs, ptrdiff_t positions,
                            ptrdiff_t offset, ptrdiff_t panel_positions, float *panels);

/// **Adds** Σ_p dy[m, p] · image(p)[taps[k]] to dw[k, m], whose rows are padded to a multiple of 16.
/// The positions p stand in `rows` rows of `columns` (the last may be shorter) at `image_row` from
/// each other, in each of the images; dy in panels as fledge_conv_panels_f32 makes them, `positions`
/// in all. The weight's gradient is dw transposed: so its sums are added whole vectors at a time.
void fledge_conv_weight_gradient_f32(fledge_taps t, const float *images, ptrdiff_t count,
                                     ptrdiff_t image_stride, const float *dy, ptrdiff_t positions,
                                     float *dw);

#pragma clang assume_nonnull end
