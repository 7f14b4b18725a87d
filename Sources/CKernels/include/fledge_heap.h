// What the standard library does not say portably about the heap.
#pragma once
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/// Returns empty pages of the heap to the system. glibc keeps what was freed unless it lies at the
/// end of the heap; other libraries do this by themselves.
static inline void fledge_trim_heap(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
