// What a thread does while it waits for another one's memory write.
#pragma once

/// Tells the processor that this is a waiting loop: it saves power, leaves the core to a sibling
/// hardware thread, and goes on after some dozens of cycles.
static inline void fledge_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
