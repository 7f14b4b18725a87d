// One pointer per thread, for Swift, which has no thread-local variables of its own.
#pragma once

// initial-exec: one load relative to the thread register, no call (ELF only).
#if defined(__ELF__)
extern _Thread_local void *_Nullable fledge_thread_slot_storage
    __attribute__((tls_model("initial-exec")));
#else
extern _Thread_local void *_Nullable fledge_thread_slot_storage;
#endif

/// The address of this thread's slot, which starts as NULL. Do not keep it across a suspension
/// point, after which another thread may be running.
static inline void *_Nullable *_Nonnull fledge_thread_slot(void) {
  return &fledge_thread_slot_storage;
}
