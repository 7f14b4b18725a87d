// The three forms of one reduction. reduce.c includes this file once for each, with
//   NAME, SUFFIX          fledge_<NAME>_<SUFFIX> and so on
//   T, VECTOR, WIDTH      the element, and a vector of WIDTH of them
//   IDENTITY              the result for no elements
//   STEP(total, x)        takes in one element
//   MERGE(a, b)           joins two totals
// defined. Both act on elements and on vectors alike.

#define JOINED(a, b) a##_##b
#define EXPANDED(a, b) JOINED(a, b)
#define LOCAL(what) EXPANDED(EXPANDED(what, NAME), SUFFIX)
#define PUBLIC(form) EXPANDED(EXPANDED(fledge, NAME), EXPANDED(form, SUFFIX))
#define LOAD(pointer) (*(const VECTOR *)(pointer))

/// Up to BLOCK elements: lane j of 4 vectors takes elements j, j + 4·WIDTH, …
FLEDGE_INLINE T LOCAL(block)(const T *x, ptrdiff_t n) {
  VECTOR a0 = (VECTOR)(T)(IDENTITY), a1 = a0, a2 = a0, a3 = a0;
  ptrdiff_t i = 0;
  for (; i + 4 * WIDTH <= n; i += 4 * WIDTH) {
    a0 = STEP(a0, LOAD(x + i));
    a1 = STEP(a1, LOAD(x + i + WIDTH));
    a2 = STEP(a2, LOAD(x + i + 2 * WIDTH));
    a3 = STEP(a3, LOAD(x + i + 3 * WIDTH));
  }
  for (; i + WIDTH <= n; i += WIDTH) a0 = STEP(a0, LOAD(x + i));
  if (i < n) {
    VECTOR tail = (VECTOR)(T)(IDENTITY);
    __builtin_memcpy(&tail, x + i, (size_t)(n - i) * sizeof(T));
    a1 = STEP(a1, tail);
  }
  a0 = MERGE(MERGE(a0, a1), MERGE(a2, a3));
  T lane[WIDTH];
  __builtin_memcpy(lane, &a0, sizeof lane);
  for (int half = WIDTH / 2; half > 0; half /= 2)
    for (int j = 0; j < half; j++) lane[j] = MERGE(lane[j], lane[j + half]);
  return lane[0];
}

/// Blocks joined pairwise: `pending` holds the totals of 2ᵏ blocks for the bits k of the number of
/// blocks so far, as a binary counter does.
FLEDGE_INLINE T LOCAL(all)(const T *x, ptrdiff_t n) {
  if (n <= BLOCK) return LOCAL(block)(x, n);
  T pending[LEVELS];
  int count = 0;
  for (ptrdiff_t i = 0, blocks = 1; i < n; i += BLOCK, blocks++) {
    T total = LOCAL(block)(x + i, n - i < BLOCK ? n - i : BLOCK);
    // MERGE is a macro that may read its arguments twice: no side effects in them.
    for (ptrdiff_t carry = blocks; !(carry & 1); carry >>= 1) {
      count--;
      total = MERGE(pending[count], total);
    }
    pending[count++] = total;
  }
  T total = pending[--count];
  while (count > 0) {
    count--;
    total = MERGE(pending[count], total);
  }
  return total;
}

FLEDGE_CLONES T EXPANDED(fledge, EXPANDED(NAME, SUFFIX))(const T *x, ptrdiff_t n) {
  return LOCAL(all)(x, n);
}

FLEDGE_CLONES void PUBLIC(rows)(const T *x, T *y, ptrdiff_t rows, ptrdiff_t cols,
                                ptrdiff_t row_stride) {
  for (ptrdiff_t r = 0; r < rows; r++) y[r] = LOCAL(all)(x + r * row_stride, cols);
}

/// `vectors` (1 or 4) vectors of columns, of which the first `width` columns exist: blocks of rows,
/// joined pairwise as above.
FLEDGE_INLINE void LOCAL(strip)(const T *x, T *y, ptrdiff_t rows, ptrdiff_t row_stride,
                                const int vectors, ptrdiff_t width) {
  VECTOR pending[LEVELS][4];
  int count = 0;
  for (ptrdiff_t start = 0, blocks = 1; start < rows; start += ROW_BLOCK, blocks++) {
    ptrdiff_t end = rows - start < ROW_BLOCK ? rows : start + ROW_BLOCK;
    VECTOR total[4];
    for (int v = 0; v < vectors; v++) total[v] = (VECTOR)(T)(IDENTITY);
    for (ptrdiff_t r = start; r < end; r++) {
      const T *row = x + r * row_stride;
      if (width < WIDTH) {
        VECTOR part = (VECTOR)(T)(IDENTITY);
        __builtin_memcpy(&part, row, (size_t)width * sizeof(T));
        total[0] = STEP(total[0], part);
      } else {
        for (int v = 0; v < vectors; v++) total[v] = STEP(total[v], LOAD(row + v * WIDTH));
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
    for (int v = 0; v < vectors; v++) pending[0][v] = (VECTOR)(T)(IDENTITY);
  __builtin_memcpy(y, pending[0], (size_t)width * sizeof(T));
}

FLEDGE_CLONES void PUBLIC(cols)(const T *x, T *y, ptrdiff_t rows, ptrdiff_t cols,
                                ptrdiff_t row_stride) {
  if (cols <= 0) return;
  ptrdiff_t c = 0;
  for (; c + 4 * WIDTH <= cols; c += 4 * WIDTH)
    LOCAL(strip)(x + c, y + c, rows, row_stride, 4, 4 * WIDTH);
  for (; c + WIDTH <= cols; c += WIDTH) LOCAL(strip)(x + c, y + c, rows, row_stride, 1, WIDTH);
  if (c == cols) return;
  if (cols < WIDTH) {
    LOCAL(strip)(x, y, rows, row_stride, 1, cols);
  } else {  // the last WIDTH columns: some a second time, to the same bits
    c = cols - WIDTH;
    LOCAL(strip)(x + c, y + c, rows, row_stride, 1, WIDTH);
  }
}

#undef JOINED
#undef EXPANDED
#undef LOCAL
#undef PUBLIC
#undef LOAD
#undef NAME
#undef IDENTITY
#undef STEP
#undef MERGE
