#include "CKernels.h"

_Thread_local void *fledge_thread_slot_storage = NULL;
