// The forms of one reduction of floats. reduce.c includes this file once for each reduction, with
//   NAME             fledge_<NAME>_f32 and so on
//   IDENTITY         the result for no elements
//   STEP(total, x)   takes in one element
//   MERGE(a, b)      joins two totals
//   WHOLE            if there is to be a form for all elements
//   PARTS            if there are to be the forms for rows and columns
// defined. STEP and MERGE act on elements and on vectors alike.

#define JOINED(a, b) a##_##b
#define EXPANDED(a, b) JOINED(a, b)
#define LOCAL(what) EXPANDED(what, NAME)
#define PUBLIC(form) EXPANDED(EXPANDED(fledge, NAME), form)

/// Up to BLOCK elements: lane j of 4 vectors takes elements j, j + 4·LANES, …
FLEDGE_INLINE float LOCAL(block)(const float *x, ptrdiff_t n) {
  f32x16 a0 = (f32x16)(float)(IDENTITY), a1 = a0, a2 = a0, a3 = a0;
  ptrdiff_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    a0 = STEP(a0, LOAD16(x + i));
    a1 = STEP(a1, LOAD16(x + i + LANES));
    a2 = STEP(a2, LOAD16(x + i + 2 * LANES));
    a3 = STEP(a3, LOAD16(x + i + 3 * LANES));
  }
  for (; i + LANES <= n; i += LANES) a0 = STEP(a0, LOAD16(x + i));
  if (i < n) {
    f32x16 tail = (f32x16)(float)(IDENTITY);
    __builtin_memcpy(&tail, x + i, (size_t)(n - i) * sizeof(float));
    a1 = STEP(a1, tail);
  }
  a0 = MERGE(MERGE(a0, a1), MERGE(a2, a3));
  float lane[LANES];
  __builtin_memcpy(lane, &a0, sizeof lane);
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int j = 0; j < half; j++) lane[j] = MERGE(lane[j], lane[j + half]);
  return lane[0];
}

/// Blocks joined pairwise: `pending` holds the totals of 2ᵏ blocks for the bits k of the number of
/// blocks so far, as a binary counter does.
FLEDGE_INLINE float LOCAL(all)(const float *x, ptrdiff_t n) {
  if (n <= BLOCK) return LOCAL(block)(x, n);
  float pending[LEVELS];
  int count = 0;
  for (ptrdiff_t i = 0, blocks = 1; i < n; i += BLOCK, blocks++) {
    float total = LOCAL(block)(x + i, n - i < BLOCK ? n - i : BLOCK);
    // MERGE is a macro that may read its arguments twice: no side effects in them.
    for (ptrdiff_t carry = blocks; !(carry & 1); carry >>= 1) {
      count--;
      total = MERGE(pending[count], total);
    }
    pending[count++] = total;
  }
  float total = pending[--count];
  while (count > 0) {
    count--;
    total = MERGE(pending[count], total);
  }
  return total;
}

#ifdef WHOLE
FLEDGE_CLONES float PUBLIC(f32)(const float *x, ptrdiff_t n) {
  return LOCAL(all)(x, n);
}
#endif

#ifdef PARTS
FLEDGE_CLONES void PUBLIC(rows_f32)(const float *x, float *y, ptrdiff_t rows, ptrdiff_t cols,
                                ptrdiff_t row_stride) {
  for (ptrdiff_t r = 0; r < rows; r++) y[r] = LOCAL(all)(x + r * row_stride, cols);
}

/// `vectors` (1 or 4) vectors of columns, of which the first `width` columns exist: blocks of rows,
/// joined pairwise as above.
FLEDGE_INLINE void LOCAL(strip)(const float *x, float *y, ptrdiff_t rows, ptrdiff_t row_stride,
                                const int vectors, ptrdiff_t width) {
  f32x16 pending[LEVELS][4];
  int count = 0;
  for (ptrdiff_t start = 0, blocks = 1; start < rows; start += ROW_BLOCK, blocks++) {
    ptrdiff_t end = rows - start < ROW_BLOCK ? rows : start + ROW_BLOCK;
    f32x16 total[4];
    for (int v = 0; v < vectors; v++) total[v] = (f32x16)(float)(IDENTITY);
    for (ptrdiff_t r = start; r < end; r++) {
      const float *row = x + r * row_stride;
      if (width < LANES) {
        f32x16 part = (f32x16)(float)(IDENTITY);
        __builtin_memcpy(&part, row, (size_t)width * sizeof(float));
        total[0] = STEP(total[0], part);
      } else {
        for (int v = 0; v < vectors; v++) total[v] = STEP(total[v], LOAD16(row + v * LANES));
      }
    }
    for (ptrdiff_t carry = blocks; !(carry & 1); carry >>= 1) {
      count--;
      for (int v = 0; v < vectors; v++) total[v] = MERGE(pending[count][v], total[v]);
    }
    for (int v = 0; v < vectors; v++) pending[count][v] = total[v];
    count++;
  }
  while (count > 1) {
    count--;
    for (int v = 0; v < vectors; v++)
      pending[count - 1][v] = MERGE(pending[count - 1][v], pending[count][v]);
  }
  if (count == 0)
    for (int v = 0; v < vectors; v++) pending[0][v] = (f32x16)(float)(IDENTITY);
  __builtin_memcpy(y, pending[0], (size_t)width * sizeof(float));
}

FLEDGE_CLONES void PUBLIC(cols_f32)(const float *x, float *y, ptrdiff_t rows, ptrdiff_t cols,
                                ptrdiff_t row_stride) {
  if (cols <= 0) return;
  ptrdiff_t c = 0;
  for (; c + 4 * LANES <= cols; c += 4 * LANES)
    LOCAL(strip)(x + c, y + c, rows, row_stride, 4, 4 * LANES);
  for (; c + LANES <= cols; c += LANES) LOCAL(strip)(x + c, y + c, rows, row_stride, 1, LANES);
  if (c == cols) return;
  if (cols < LANES) {
    LOCAL(strip)(x, y, rows, row_stride, 1, cols);
  } else {  // the last LANES columns: some a second time, to the same bits
    c = cols - LANES;
    LOCAL(strip)(x + c, y + c, rows, row_stride, 1, LANES);
  }
}
#endif

#undef JOINED
#undef EXPANDED
#undef LOCAL
#undef PUBLIC
#undef NAME
#undef IDENTITY
#undef STEP
#undef MERGE
#undef WHOLE
#undef PARTS
