// Fledge's C kernels: pure functions on the caller's memory. They allocate nothing, start no threads
// and keep no state, so that any thread may call any of them on its share of the work.
//
// Names: fledge_<operation>_<element type>. Sizes and strides are ptrdiff_t and count elements.
// A size of 0 is always allowed. Pointers must not overlap unless the comment says so.
//
// On x86-64 Linux each kernel exists three times (AVX-512, AVX2 + FMA, SSE2) and the loader picks
// one for the processor at hand; see support.h.
#pragma once
#include "fledge_activations.h"
#include "fledge_attention.h"
#include "fledge_blocks.h"
#include "fledge_convert.h"
#include "fledge_convolution.h"
#include "fledge_elementwise.h"
#include "fledge_gemm.h"
#include "fledge_lapack.h"
#include "fledge_layout.h"
#include "fledge_normalize.h"
#include "fledge_optimizer.h"
#include "fledge_pause.h"
#include "fledge_pool.h"
#include "fledge_random.h"
#include "fledge_recurrent.h"
#include "fledge_reduce.h"
#include "fledge_softmax.h"
#include "fledge_heap.h"
#include "fledge_thread_slot.h"
